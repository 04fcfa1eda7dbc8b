// Tools of the script and of the host in one registry: calls, loop, hooks, settings, policy of names.
// parity: 82, 83, 84, 85, 122, 123, 124, 125, 126, 128, 155, 156, 157, 158, 176, 177, 200, 201, 202, 203, 204, 205
// parity: 263, 264, 265, 266, 267, 268, 269, 271, 272, 273, 274, 275, 276, 277, 278, 280, 281, 282, 283, 285, 286, 291
const gp = require("geppetto");

const tools = gp.tools.createRegistry();
tools.register({
  name: "js.sum", description: "Add.", parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
  handler: async ({ a, b }, ctx) => { await sleep(1); assert.equal(ctx.toolName, "js.sum"); return { sum: a + b }; },
});
tools.useHostTools(["calculator"]);
assert.deepEqual(tools.list().map((t) => t.name), ["js.sum", "calculator"]);
assert.deepEqual(tools.call("js.sum", { a: 1, b: 2 }), { sum: 3 });
assert.equal(tools.call("calculator", { expression: "6 * 7" }), 42);
assert.throws(() => tools.call("js.sum", { a: "x" }), { code: "TOOL_ARGUMENTS_INVALID" });
assert.throws(() => tools.call("nope"), /tool not found: nope/);
assert.throws(() => gp.tools.createRegistry().useGoTools(["nope"]), /tool not found: nope/);
assert.throws(() => tools.register({ name: "calculator", handler: () => 1 }), { code: "TOOL_DUPLICATE" });
assert.throws(() => tools.useHostTools(["calculator"]), { code: "TOOL_DUPLICATE" });
tools.register({ name: "calculator", handler: () => "mine" }, { replace: true });
assert.equal(tools.call("calculator"), "mine");
tools.useHostTools(["calculator"], { prefix: "host." });
assert.equal(tools.call("host.calculator", { expression: "1 + 1" }), 2);
assert.throws(() => tools.register({ name: "x" }), /tool x handler must be a function/);
assert.throws(() => tools.register({ name: "has space", handler: () => 1 }), /not usable/);
tools.registerTool("run.style", { description: "d", parameters: { type: "object" }, run: () => undefined });
assert.equal(tools.call("run.style"), null);
assert.throws(() => tools.registerTool("one", { name: "two", handler: () => 1 }), { code: "GEPPETTO_JS_INVALID_OPTION", subject: "one", message: /tool one: the spec says "two"/ });
assert.ok(!tools.has("one") && !tools.has("two"));
assert.ok(gp.tools.createRegistry().registerTool("one", { name: "one", handler: () => 1 }).has("one"));
assert.throws(() => { tools.register({ name: "slow", handler: () => sleep(5000) }); tools.call("slow", {}, { timeoutMs: 30 }); }, { code: /TIMEOUT/ });

// the loop
const call = (name, args = {}) => gp.engines.fromFunction((turn) =>
  turn.blocks.some((b) => b.kind === "tool_use") ? turn.addBlock(gp.block.assistant("done"))
    : turn.addBlock(gp.block.toolCall({ id: "c1", name, args })));
const used = (session) => session.run("go").blocks.find((b) => b.kind === "tool_use").payload;
const session = (engine, more) => gp.createSession({ engine, tools, ...more });
const loop = session(call("js.sum", { a: 2, b: 3 }), { toolLoop: { maxIterations: 3 }, toolConfig: { executionTimeout: "5s", maxParallelTools: 2 } });
assert.deepEqual(used(loop).result, { sum: 5 });
assert.ok(loop.latest().data.has("tool_config"));
assert.match(used(session(call("js.sum", { a: "x" }))).error, /not of type 'number'/);
assert.match(used(session(call("calculator"), { toolLoop: { allowedTools: ["js.sum"] } })).error, /not allowed/);
assert.match(used(session(call("slow"), { toolLoop: { executionTimeoutMs: 30 } })).error, /30|0\.03|longer|time/i);
const endless = gp.engines.fromFunction((turn) => turn.addBlock(gp.block.toolCall({ id: `c${turn.blocks.length}`, name: "calculator" })));
assert.throws(() => session(endless, { toolLoop: { maxIterations: 2 } }).run("go"), /max iterations \(2\) reached/);

// error modes
let tries = 0;
tools.register({ name: "flaky", handler: () => { tries += 1; throw new Error("no luck"); } });
assert.match(used(session(call("flaky"), { toolLoop: { toolErrorHandling: "continue" } })).error, /js tool flaky: .*no luck/);
assert.throws(() => session(call("flaky"), { toolLoop: { toolErrorHandling: "abort" } }).run("go"), { code: /ABORT|TOOL/ });
tries = 0;
used(session(call("flaky"), { toolLoop: { toolErrorHandling: "retry", retryConfig: { maxRetries: 2, backoffBase: "1ms" } } }));
assert.equal(tries, 3);
assert.throws(() => session(call("x"), { toolLoop: { toolChoice: "maybe" } }), /invalid toolChoice "maybe", expected one of: auto, none, required/);
assert.throws(() => session(call("x"), { toolLoop: { toolErrorHandling: "x" } }), TypeError);

// hooks
const hooked = (toolHooks, engine = call("js.sum", { a: 1, b: 1 })) => used(session(engine, { toolHooks }));
assert.deepEqual(hooked({ beforeToolCall: ({ call }) => ({ call: { args: { ...call.args, b: 9 } } }) }).result, { sum: 10 });
assert.equal(hooked({ afterToolCall: ({ result }) => ({ result: result.value.sum * 2 }) }).result, 4);
assert.match(hooked({ beforeToolCall: () => ({ action: "abort", error: "not now" }) }).error, /not now/);
assert.match(hooked({ beforeToolCall: () => { throw new Error("hook"); } }).error, /beforeToolCall hook/);
assert.deepEqual(hooked({ beforeToolCall: () => { throw new Error("hook"); }, failOpen: true }).result, { sum: 2 });
tries = 0;
hooked({ onToolError: ({ attempt }) => ({ action: attempt < 1 ? "retry" : "continue", backoffMs: 1 }) }, call("flaky"));
assert.equal(tries, 2);

// events of a tool of the script are those of any tool
const types = [];
session(call("js.sum", { a: 1, b: 1 })).run("go", { on: { "tool-call-execute": (e) => types.push(e.toolCall.name), "tool-result": (e) => types.push(e.toolResult.result) } });
assert.deepEqual(types, ["js.sum", '{"sum":2}']);

// what a handler throws keeps its own code, its stack and its cause; what has a `then` is waited for
const failing = gp.tools.createRegistry();
const helper = () => { throw Object.assign(new RangeError("no"), { code: "MY_CODE" }); };
failing.register({ name: "fails", handler: () => helper() });
failing.register({ name: "later", handler: () => ({ then: (settle) => settle("came") }) });
const thrown = assert.throws(() => failing.call("fails"), { code: "TOOL_FAILED", message: /RangeError: no/ });
assert.equal(thrown.details.code, "MY_CODE");
assert.match(thrown.jsStack, /^ *at helper \(/);
assert.deepEqual([thrown.cause.cause.name, thrown.cause.cause.message, thrown.cause.cause.code], ["RangeError", "no", "MY_CODE"]);
assert.equal(failing.call("later"), "came");
