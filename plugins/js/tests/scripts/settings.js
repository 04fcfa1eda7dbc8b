// Settings of tools hold wherever they are written, each of them; a name that nobody reads is told.
// parity: 28, 137
const gp = require("geppetto");
const caught = (fn) => { try { fn(); } catch (error) { return error; } return assert.ok(false, "nothing was thrown"); };

// it calls the tool again and again, each time with something else
let calls = 0;
gp.plugins.registerEngineFactory("settings.loop", () => (turn) =>
  turn.addBlock(gp.block.toolCall({ id: `c${(calls += 1)}`, name: "calculator", args: { expression: `1+${calls}` } })));
const iterations = (make) => { calls = 0; assert.equal(caught(() => make().run("x")).code, "MAX_ITERATIONS_REACHED"); return calls; };
const provider = "settings.loop";

for (const make of [
  () => gp.fromSpec({ engine: { provider }, tools: { names: ["calculator"], maxIterations: 2, retryMaxRetries: 1 } }),
  () => gp.fromSpec({ engine: { provider, toolLoop: { maxIterations: 9 } }, tools: { names: ["calculator"], maxIterations: 2, retryBackoffMs: 1, retryBackoffFactor: 2 } }),
  () => gp.createEngine({ provider, toolRegistry: gp.tools.createRegistry().useHostTools(["calculator"]), tools: { maxIterations: 2, retryMaxRetries: 1 } }),
  () => gp.createEngine({ provider, tools: ["calculator"], toolConfig: { maxIterations: 2 } }),
]) assert.equal(iterations(make), 2);

// a hook that is there for safety is called
for (const make of [
  (hooks) => gp.fromSpec({ engine: { provider }, tools: { names: ["calculator"], maxIterations: 2, hooks } }),
  (hooks) => gp.createEngine({ provider, toolRegistry: gp.tools.createRegistry().useHostTools(["calculator"]), tools: { maxIterations: 2, hooks } }),
]) {
  let asked = 0;
  iterations(() => make({ beforeToolCall() { asked += 1; return { abort: true }; } }));
  assert.equal(asked, 2);
}

gp.createEngine({ provider: "echo", tools: { retryMaxRetries: 3 } });
assert.match(caught(() => gp.createEngine({ provider: "echo", tools: { maxIteration: 3 } })).message, /tools: there is no option 'maxIteration'; did you mean maxIterations\?/);
assert.match(caught(() => gp.fromSpec({ engine: { provider: "echo" }, tools: { maxIteration: 3 } })).message, /spec\.tools: there is no option 'maxIteration'/);
assert.equal(caught(() => gp.createEngine({ provider: "echo", tools: { hooks: { beforeTolCall() {} } } })).nextStep, "did you mean beforeToolCall?");
