// One run with the profile that PINOCCHIO_PROFILE or GEPPETTO_PROFILE names; without a key it says so and is content.
const gp = require("geppetto");

try {
  const session = gp.createSession({ engine: gp.engines.fromProfile() });
  const turn = session.run("Say OK.", { timeoutMs: 30_000 });
  if (!turn.text().trim()) throw new Error("the reply is empty");
  console.log(`PASS ${turn.metadata?.model}: ${turn.text().trim()}`);
} catch (error) {
  if (!gp.errors.is(error, "CREDENTIALS_MISSING")) throw error;
  console.log(`SKIP ${error.message}`);
}
