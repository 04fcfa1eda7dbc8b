// One tool at a time is what holds from JavaScript, whichever way a session is made; more only where somebody says so.
// parity: 82, 159
const gp = require("geppetto");

assert.equal(gp.describeDefaults().toolLoop.maxParallelTools, 1);

let [running, most] = [0, 0];
const handler = async () => {
  most = Math.max(most, (running += 1));
  await sleep(10);
  running -= 1;
};
const tools = gp.tools.createRegistry();
for (const name of ["a", "b", "c"]) tools.register({ name, handler });
gp.plugins.registerEngineFactory("acme.three", () => gp.engines.fromFunction((turn) => {
  if (turn.blocks.some((block) => block.kind === "tool_use")) return turn.addBlock(gp.block.assistant("done"));
  for (const name of ["a", "b", "c"]) turn.addBlock(gp.block.toolCall({ id: name, name, args: {} }));
  return turn;
}));
const engine = gp.createEngine({ provider: "acme.three" });
const ran = (session) => {
  most = 0;
  return [session.run("go").data.tool_config.max_parallel_tools, most];
};

assert.deepEqual(ran(gp.createSession({ engine, tools })), [1, 1]);
assert.deepEqual(ran(gp.createSession({ engine, tools, toolLoop: {} })), [1, 1]);
assert.deepEqual(ran(gp.createSession({ engine, tools, toolLoop: { maxIterations: 3 } })), [1, 1]);
assert.deepEqual(ran(gp.createBuilder().withEngine(engine).withTools(tools).buildSession()), [1, 1]);
assert.deepEqual(ran(gp.createEngine({ provider: "acme.three", tools }).buildSession()), [1, 1]);
assert.deepEqual(ran(gp.createSession({ engine, tools, toolConfig: { maxParallelTools: 3 } })), [3, 3]);

const data = (session) => session.run("x").data.tool_config.max_parallel_tools;
assert.equal(data(gp.createSession({ engine: "echo", tools: ["calculator"] })), 1);
assert.equal(data(gp.fromSpec({ engine: { provider: "echo" }, tools: { names: ["calculator"] } }).session()), 1);

// a profile's tools are run in the same way, and its plan says so
const factory = gp.factories.createEngineFactory();
assert.equal(data(factory.createSession({ profile: "default" })), 1);
const planned = factory.plan({ profile: "default" }).values.find((row) => row.path === "/tools/max_parallel_tools");
assert.deepEqual([planned.value, planned.steps[0].layer], [1, "schema-defaults"]);
