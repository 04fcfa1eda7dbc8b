// What scripts find without `require`, and what comes from the host, as a compiler sees it.
const gp = require("geppetto");
const lib = require("./lib.js");
type Turn = import("geppetto").Turn;

const later: number = setTimeout((text: string) => console.log(text), 5, "hi");
clearTimeout(later);
clearInterval(setInterval(() => print("tick")));
queueMicrotask(() => {});
const key: string | undefined = ENV["KEY"];
const copy: { a: number } = structuredClone({ a: 1 });
const bytes: Uint8Array = new TextEncoder().encode("x");
const written: number = new TextEncoder().encodeInto("x", bytes).written!;
const text: string = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
module.exports = { lib, key, copy, written, text, folder: __dirname, file: __filename };
exports.more = module.id + module.loaded;

async function checks(value: string | undefined): Promise<number> {
  await sleep(1);
  assert(value, "there is none");
  assert.deepEqual([value.length], [1]);
  const error = assert.throws(() => gp.turns.normalize({ blocks: [] }), { code: /DECODE/ });
  await assert.rejects(Promise.reject(error), gp.errors.GeppettoError);
  await assert.rejects(async () => {}, (found) => found.code === "X");
  return value.length;
}

const turn: Turn = gp.turn().user("x").block({ kind: "user", text: "y" }).build();
const said: string = turn.blocks[0].payload.text + turn.blocks[0].id + turn.id + turn.toJSON().blocks.length;
turn.addBlock({ kind: "other" });
gp.createSession({ engine: "echo", persister: (stored) => stored.blocks.length, snapshotHook: (phase, seen) => phase + seen.id });
const handle = gp.middleware.js(async (ctx, given, next: import("geppetto").AsyncNext) => (await next(given)).addBlock({ kind: "other" }));
const waiting: import("geppetto").AsyncTurnFirstMiddleware = async (given, next) => next(given);
gp.middlewares.fromJS(waiting, { mode: "copy" });
gp.plugins.registerMiddleware("acme.later", async (ctx, given, next: import("geppetto").AsyncNext) => next(given));
console.log(handle.mode, handle.point, handle.timeoutMs, handle.options, checks, said);
gp.tools.createRegistry().register({ name: "t", handler: (args, ctx) => [ctx.iteration, ctx.extra, ctx.traceId] });
if (gp.errors.is(new Error("x"))) console.log(new gp.errors.GeppettoError("x").jsStack);
