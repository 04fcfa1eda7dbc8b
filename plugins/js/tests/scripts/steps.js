// The step controller holds a run until somebody lets it go on.
// parity: 20, 127
const gp = require("geppetto");

(async () => {
  const steps = gp.createStepController();
  const tools = gp.tools.createRegistry().useHostTools(["calculator"]);
  const engine = gp.engines.fromFunction((turn) => turn.blocks.some((b) => b.kind === "tool_use")
    ? turn.addBlock(gp.block.assistant("done"))
    : turn.addBlock(gp.block.toolCall({ id: "c", name: "calculator", args: { expression: "1 + 1" } })));
  const session = gp.createSession({ engine, tools, stepController: steps });
  steps.enable(session);
  const held = [];
  const run = session.start("go").on("debugger.pause", (event) => { held.push(event.phase); steps.resume(event.pauseId); });
  assert.equal((await run).text(), "done");
  assert.ok(held.length >= 1);
  assert.deepEqual(steps.waiting(), []);
})();
