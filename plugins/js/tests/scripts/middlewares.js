// Middlewares of the script: order, mutation, errors, context; mixed with those of the host.
// parity: 35, 36, 37, 38, 46, 47, 48, 61, 63, 64, 65, 66, 71, 76, 77, 91, 95, 97, 120, 121, 151, 152, 153, 154, 168, 169
// parity: 170, 171, 172, 173, 174, 175, 189, 190, 191, 192, 193, 194, 223, 224, 226, 230, 239, 240, 244, 290, 338
const gp = require("geppetto");
const engine = gp.engines.fromFunction((turn) => turn.addBlock(gp.block.assistant(` ${turn.blocks[0].payload.text} `)));
const run = (middlewares, prompt = "hi", options) => gp.createSession({ engine, middlewares }).run(prompt, options);

// order: first listed is outermost, kinds mixed, nothing sorted
const seen = [];
const mark = (name) => gp.middleware.js((ctx, turn, next) => {
  seen.push(`${name}>`);
  const out = next(ctx, turn);
  seen.push(`<${name}`);
  return out;
}, { name });
run([mark("a"), gp.middleware.systemPrompt("sys"), mark("b"), gp.middleware.reorderToolResults(), gp.middleware.logging({ level: "debug" }), mark("c")]);
assert.deepEqual(seen, ["a>", "b>", "c>", "<c", "<b", "<a"]);
assert.equal(mark("x").name, "x");
// the names of the Go library
for (const name of ["systemPrompt", "reorderToolResults", "turnLogging"]) assert.equal(run([gp.middlewares.go(name)]).text(), " hi ");
assert.ok(["systemPrompt", "reorderToolResults", "turnLogging"].every((name) => gp.middlewares.names().includes(name)));

// both argument orders
assert.equal(run([gp.middleware.js((ctx, turn, next) => next(ctx, turn))]).text(), " hi ");
assert.equal(run([gp.middlewares.fromJS((turn, next, ctx) => next(turn), "go-order")]).text(), " hi ");
assert.equal(run([(turn, next) => next()]).text(), " hi ");

// mutation: edits count, before and after `next`, with and without `return`
assert.equal(run([gp.middleware.js((ctx, turn, next) => { turn.blocks[0].payload.text = "edited"; next(); })]).text(), " edited ");
const trim = (ctx, turn, next) => {
  const out = next(ctx, turn);
  for (const b of out.blocks) if (b.kind === "llm_text") b.payload.text = b.payload.text.trim();
};
assert.equal(run([gp.middleware.js(trim)]).text(), "hi");
assert.equal(run([gp.middleware.js((ctx, turn) => { turn.addBlock(gp.block.assistant("no next")); })]).text(), "no next");
// copy: only what is returned counts
const copied = gp.middleware.js((ctx, turn, next) => { turn.blocks[0].payload.text = "lost"; }, { mode: "copy" });
assert.equal(run([copied]).blocks[0].payload.text, "hi");
assert.equal(run([gp.middleware.js((ctx, turn, next) => next(ctx, turn), { cloneBefore: true })]).text(), " hi ");

// context
let ctx;
run([gp.middleware.js((given, turn, next) => { ctx = given; return next({ ...given, tags: { b: 2 } }, turn); }),
  gp.middleware.js((given, turn, next) => { assert.deepEqual(given.tags, { b: 2 }); return next(given, turn); })],
  "hi", { timeoutMs: 60000, tags: { a: 1 } });
for (const key of ["sessionId", "inferenceId", "turnId", "deadlineMs", "timestampMs", "extra", "iteration"]) assert.ok(ctx[key] !== undefined, key);
assert.deepEqual(ctx.tags, { a: 1 });
assert.ok(ctx.deadlineMs > ctx.timestampMs);

// errors
const boom = gp.middleware.js(function thrower() { throw new RangeError("exploded"); }, { name: "boom" });
const error = assert.throws(() => run([mark("outer"), boom]), /exploded/);
assert.deepEqual([error.code, error.phase, error.middlewareName], ["GEPPETTO_JS_MIDDLEWARE_THROW", "middleware", "boom"]);
assert.match(error.message, /^boom: RangeError: exploded \(middleware 1\)$/);
assert.match(error.jsStack, /thrower/);
assert.throws(() => run([gp.middleware.js(() => 5, "five")]), { code: "GEPPETTO_JS_DECODE_ERROR", message: /middleware 0 \(five\)/ });
assert.throws(() => run([gp.middleware.js(() => ({ blocks: "no" }))]), { code: "GEPPETTO_JS_DECODE_ERROR" });
// an error from further in is the same one, and may be caught
assert.throws(() => run([gp.middleware.js((c, t, next) => next(c, t)), boom]), { middlewareName: "boom" });
assert.equal(run([gp.middleware.js((c, t, next) => { try { return next(c, t); } catch (e) { return t.addBlock(gp.block.assistant(e.code)); } }), boom]).text(),
  "GEPPETTO_JS_MIDDLEWARE_THROW");
const late = assert.throws(() => run([gp.middleware.js(() => new Promise(() => {}), { name: "late", timeoutMs: 30 })]));
assert.deepEqual([late.code, late.middlewareName], ["GEPPETTO_JS_MIDDLEWARE_TIMEOUT", "late"]);
assert.throws(() => run([42]), /unsupported middleware specification at index 0/);
assert.throws(() => run(["nope"]), /^GeppettoFactoryError: unknown middleware: nope, at index 0/);
assert.throws(() => gp.middleware.js("no"), TypeError);

// recipes of the documents
assert.equal(run([(turn, next) => { if (!turn.blocks.some((b) => b.kind === "system")) turn.blocks.unshift(gp.block.systemText("S")); return next(turn); }]).blocks[0].payload.text, "S");
const caller = gp.engines.fromFunction((turn) => turn.addBlock(gp.block.toolCall({ id: "1", name: "bad" })));
const allow = gp.middleware.js((c, t, next) => { const out = next(c, t); out.blocks = out.blocks.filter((b) => b.kind !== "tool_call"); return out; });
assert.equal(gp.createSession({ engine: caller, middlewares: [allow] }).run("x").blocks.filter((b) => b.kind === "tool_call").length, 0);
const traced = run([(turn, next, c) => { turn.metadata = turn.metadata || {}; turn.metadata["acme.trace@v1"] = c.traceId || "none"; return next(turn); }]);
assert.ok(traced.metadata["acme.trace@v1"]);

// async middlewares, and the whole run as a point
(async () => {
  const slow = gp.middleware.js(async (c, t, next) => { await sleep(1); const out = await next(c, t); return out; });
  assert.equal((await gp.createSession({ engine, middlewares: [slow, slow] }).start("hi")).text(), " hi ");
  let times = 0;
  const around = gp.middleware.js((c, t, next) => { times += 1; return next(c, t); }, { point: "run" });
  const tools = gp.tools.createRegistry().useHostTools(["calculator"]);
  const calling = gp.engines.fromFunction((t) => t.blocks.some((b) => b.kind === "tool_use") ? t.addBlock(gp.block.assistant("ok"))
    : t.addBlock(gp.block.toolCall({ id: "c", name: "calculator", args: { expression: "1 + 1" } })));
  gp.createSession({ engine: calling, tools, middlewares: [around] }).run("x");
  assert.equal(times, 1);
})();

// whoever gives nothing back means what `next` gave, also where the await was forgotten or the promise is none
const slow = gp.engines.fromFunction(async () => { await sleep(20); return "slow"; });
const through = (middleware) => gp.createSession({ engine: slow, middlewares: [middleware] }).run("x").text();
assert.equal(through(async (turn, next) => { next(turn); }), "slow");
assert.equal(through((turn, next) => { next.async(turn); }), "slow");
assert.equal(through((turn, next) => ({ then: (settle) => settle(next(turn)) })), "slow");
const broken = gp.engines.fromFunction(async () => { await sleep(20); throw new Error("late"); });
assert.throws(() => gp.createSession({ engine: broken, middlewares: [async (turn, next) => { next(turn); }] }).run("x"), /late/);

// an error of `next` that was caught is over, in plain and in async middlewares
const caught = (middleware) => gp.createSession({ engine: broken, middlewares: [middleware] }).run("x").blocks.length;
assert.equal(caught((turn, next) => { try { next(turn); } catch { /* over */ } }), 1);
assert.equal(caught(async (turn, next) => { try { await next(turn); } catch { /* over */ } }), 1);
