// What middlewares see and change: trace ids, extra, copies; and how their errors come out.
const gp = require("geppetto");
const echo = gp.engines.echo();
const words = (turn) => turn.blocks.map((block) => block.payload.text).join();

// the trace id is the turn's, where it has one
const seen = [];
const look = gp.middleware.js((ctx, turn, next) => (seen.push(ctx.traceId), next(ctx, turn)));
const traced = gp.turn().user("x").metadata("trace_id", "TR").build();
gp.createSession({ engine: echo, middlewares: [look] }).run(traced);
gp.createSession({ engine: echo, middlewares: [look] }).run("x");
assert.equal(seen[0], "TR");
assert.ok(seen[1] && seen[1] !== "TR");

// `extra` goes inwards, as an argument or in place
const inner = [];
const outer = gp.middleware.js((ctx, turn, next) => next({ ...ctx, extra: { k: 1 }, traceId: "Z" }, turn));
const more = gp.middleware.js((ctx, turn, next) => ((ctx.extra.more = true), next()));
const last = gp.middleware.js((ctx, turn, next) => (inner.push([ctx.extra, ctx.traceId]), next()));
gp.createSession({ engine: echo, middlewares: [outer, more, last] }).run("x");
assert.deepEqual(inner, [[{ k: 1, more: true }, "Z"]]);

// in mode `copy` only what is passed on and what is returned counts
const sent = [];
const engine = gp.engines.fromFunction((turn) => (sent.push(words(turn)), "reply"));
const run = (fn, options) => words(gp.createSession({ engine, middlewares: [gp.middleware.js(fn, options)] }).run("x"));
for (const options of [{ mode: "copy" }, { cloneBefore: true }]) {
  assert.equal(run((ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text = "EDIT"; }, options), "x,reply");
  assert.equal(run((ctx, turn, next) => { turn.blocks[0].payload.text = "EDIT"; return next(); }, options), "x,reply");
  assert.equal(run((ctx, turn, next) => { turn.blocks[0].payload.text = "EDIT"; return next(ctx, turn); }, options), "EDIT,reply");
  assert.equal(run((ctx, turn, next) => { const out = next(); out.blocks.at(-1).payload.text = "EDIT"; return out; }, options), "x,EDIT");
}
assert.deepEqual(sent, ["x", "x", "EDIT", "x", "x", "x", "EDIT", "x"]);
assert.equal(run((ctx, turn, next) => { turn.blocks[0].payload.text = "EDIT"; return next(); }), "EDIT,reply");

// the error of a script keeps what the script threw as its cause
const caught = (fn) => { try { fn(); } catch (error) { return error; } };
const thrown = caught(() => gp.createSession({
  engine: echo,
  middlewares: [gp.middleware.js(() => { throw Object.assign(new TypeError("q"), { code: "MINE" }); }, { name: "bad" })],
}).run("x"));
assert.equal(thrown.code, "GEPPETTO_JS_MIDDLEWARE_THROW");
assert.ok(thrown.cause instanceof TypeError);
assert.deepEqual([thrown.cause.message, thrown.cause.code, Object.keys(thrown).includes("cause")], ["q", "MINE", false]);
assert.equal(typeof thrown.cause.stack, "string");
const failed = caught(() => gp.createSession({ engine: gp.engines.fromFunction(() => { throw new RangeError("far"); }) }).run("x"));
assert.ok(failed.cause instanceof RangeError);

// what is no turn names the middleware; what is no JSON has the code for that
const five = caught(() => gp.createSession({ engine: echo, middlewares: [gp.middleware.js(() => 5, { name: "five" })] }).run("x"));
assert.deepEqual([five.code, five.middlewareName], ["GEPPETTO_JS_DECODE_ERROR", "five"]);
const cycle = {};
cycle.self = cycle;
assert.equal(caught(() => gp.turns.normalize({ data: { cycle } })).code, "GEPPETTO_JS_ENCODE_ERROR");
