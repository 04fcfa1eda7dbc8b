// The module loads by name and exports both generations of the documents.
// parity: 13, 14, 24, 89, 104, 213, 216, 233, 252, 287
const gp = require("geppetto");

assert.equal(gp, require("geppetto"));
const exports = [
  "block", "buildRunner", "consts", "createBuilder", "createEngine", "createSession", "createStepController", "debug",
  "describeDefaults", "embeddings", "engineBuilder", "engines", "errors", "events", "factories", "fromSpec", "keys",
  "middleware", "middlewares", "newBuilder", "plugins", "profiles", "run", "runInference", "runtime", "schemas", "session",
  "start", "tools", "turn", "turns", "version",
];
assert.deepEqual(Object.keys(gp).sort(), exports);
assert.equal(gp.version, "0.1.0");
assert.throws(() => require("geppetto/plugins"));
assert.ok(Object.isFrozen(gp));
// no PascalCase constructors outside `errors`
assert.deepEqual(Object.keys(gp).filter((name) => /^[A-Z]/.test(name)), []);
assert.deepEqual(["systemPrompt", "reorderToolResults", "logging"].filter((name) => !gp.middleware.names().includes(name)), []);
