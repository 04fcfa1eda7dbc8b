// Hooks around tool calls: their own retries, what they are told, ids, and the texts of refusals.
const gp = require("geppetto");

const tools = gp.tools.createRegistry();
let tries = 0;
const ids = [];
tools.register({ name: "failing", handler: () => { tries += 1; throw new Error("no luck"); } });
tools.register({ name: "works", handler: async (args, ctx) => { ids.push(ctx.callId); await sleep(20); return args; } });

// one call with the id "c" for each prompt
const caller = (name) => gp.engines.fromFunction((turn) =>
  turn.blocks.at(-1).kind === "tool_use" ? turn.addBlock(gp.block.assistant("done"))
    : turn.addBlock(gp.block.toolCall({ id: "c", name, args: {} })));
const session = (name, more) => gp.createSession({ engine: caller(name), tools, ...more });
const used = (turn) => turn.blocks.findLast((block) => block.kind === "tool_use").payload;

// the hook's pause and cap hold, whatever the loop's own error handling says (its pauses would be 30 s)
const retry = (maxHookRetries) => ({ maxHookRetries, onToolError: () => ({ action: "retry", backoffMs: 1 }) });
for (const toolErrorHandling of ["continue", "retry"]) {
  for (const [most, attempts] of [[0, 1], [1, 2], [5, 6], [undefined, 11]]) {
    tries = 0;
    const began = Date.now();
    const toolLoop = { toolErrorHandling, retryMaxRetries: 2, retryBackoffMs: 30000 };
    assert.match(used(session("failing", { toolLoop, toolHooks: retry(most) }).run("x")).error, /no luck/);
    assert.equal(tries, attempts);
    assert.ok(Date.now() - began < 10000);
  }
}
tries = 0;
const older = session("failing", { toolHooks: { onToolError: ({ attempt }) => ({ retry: attempt < 2, backoffMs: -5 }) } });
older.run("x");
assert.equal(tries, 3);
assert.throws(() => session("failing", { toolLoop: { toolErrorHandling: "abort" }, toolHooks: retry(1) }).run("x"), /aborted/);

// counts belong to one call of one run, though the ids repeat
const attempts = [];
const counting = { maxHookRetries: 1, onToolError: ({ attempt }) => { attempts.push(attempt); return { action: "retry" }; } };
const again = session("failing", { toolLoop: { retryBackoffMs: 1 }, toolHooks: counting });
const prompt = () => gp.turns.newTurn({ blocks: [gp.turns.newUserBlock("x")] });
again.run(prompt());
again.run(prompt());
assert.deepEqual(attempts, [0, 1, 0, 1]);

// an action that no hook has is a slip, and no consent
for (const [hook, handler] of [["beforeToolCall", "works"], ["afterToolCall", "works"], ["onToolError", "failing"]]) {
  const { error } = used(session(handler, { toolHooks: { [hook]: () => ({ action: "stop" }) } }).run("x"));
  assert.match(error, new RegExp(`${hook} hook: it returned the action 'stop', expected one of: .*abort.*continue|${hook} hook: .*continue.*abort`));
}
const { result } = used(session("works", { toolHooks: { beforeToolCall: () => ({ action: "continue", args: { a: 3 } }) } }).run("x"));
assert.deepEqual(result, { a: 3 });

// what the loop would do by itself
const told = (toolLoop) => {
  const seen = [];
  const onToolError = ({ defaultRetry, defaultBackoffMs }) => { seen.push([defaultRetry, defaultBackoffMs]); };
  session("failing", { toolLoop, toolHooks: { onToolError } }).run("x");
  return seen;
};
const growing = { toolErrorHandling: "retry", retryMaxRetries: 2, retryBackoffMs: 2, retryBackoffFactor: 3 };
assert.deepEqual(told(growing), [[true, 2], [true, 6], [false, 0]]);
assert.deepEqual(told({ toolErrorHandling: "continue" }), [[false, 0]]);

// how long it took
let took;
session("works", { toolHooks: { afterToolCall: ({ result }) => { took = result.durationMs; } } }).run("x");
assert.ok(Number.isInteger(took) && took >= 15 && took < 10000, String(took));

// another id is for the handler and the later hooks; the answer stands under the model's
ids.length = 0;
const after = ({ call }) => { ids.push(call.id); };
const before = ({ call }) => ({ call: { ...call, id: "NEW", args: { a: 1, b: 1 } }, args: { a: 2 }, name: " " });
const renamed = used(session("works", { toolHooks: { beforeToolCall: before, afterToolCall: after } }).run("x"));
assert.deepEqual([ids, renamed.id, renamed.result], [["NEW", "NEW"], "c", { a: 2 }]);

// refusals read as those of the Go library and of registry.call
assert.equal(used(session("zip").run("x")).error, "tool not found: zip");
assert.equal(used(session("works", { toolLoop: { allowedTools: ["failing"] } }).run("x")).error, "tool not allowed: works");
