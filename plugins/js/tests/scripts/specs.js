// A spec keeps every option of engines and sessions, shares nothing with what was given, and its export is the spec or an error.
// parity: 28, 29, 30, 235, 236
const gp = require("geppetto");
const caught = (fn) => { try { fn(); } catch (error) { return error; } return assert.ok(false, "nothing was thrown"); };
const ending = (end) => gp.middleware.js((ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += end; return out; });
const own = () => gp.tools.createRegistry().register({ name: "own", handler: () => 7 });
gp.plugins.registerEngineFactory("spec.asks", () => (turn) =>
  turn.blocks.at(-1).kind === "tool_use" ? turn.addBlock(gp.block.assistant(String(turn.blocks.at(-1).payload.result)))
    : turn.addBlock(gp.block.toolCall({ id: "c", name: "own", args: {} })));

// what stands in `engine` and in `session` reaches the runs
const seen = [];
const note = (name) => () => { seen.push(name); };
const where = { persister: note("persister"), eventSinks: [gp.events.collector().on("run-started", note("event"))], snapshotHook: { snapshot: note("snapshot") } };
for (const make of [
  () => gp.fromSpec({ engine: { provider: "echo" }, session: { ...where, timeoutMs: 7000, tags: { a: 1 } } }),
  () => gp.fromSpec({ engine: { provider: "echo", ...where } }),
  () => gp.runtime({ provider: "echo", ...where }),
]) {
  seen.length = 0;
  make().run("x");
  assert.deepEqual([...new Set(seen)].sort(), ["event", "persister", "snapshot"]);
}
for (const make of [
  () => gp.fromSpec({ engine: { provider: "spec.asks", toolRegistry: own() } }),
  () => gp.fromSpec({ engine: { provider: "spec.asks" }, session: { toolRegistry: own() } }),
  () => gp.fromSpec({ engine: { provider: "spec.asks", tools: own() }, tools: { maxIterations: 3 } }),
  () => gp.runtime({ provider: "spec.asks", toolRegistry: own() }),
  () => gp.runtime({ provider: "spec.asks", tools: own() }),
]) assert.equal(make().ask("x"), "7");
const hooked = gp.fromSpec({ engine: { provider: "spec.asks", tools: own(), toolHooks: { beforeToolCall: () => ({ abort: true }) } } });
assert.equal(hooked.ask("x"), "null");
assert.equal(gp.fromSpec({ engine: { provider: "echo", middlewares: [ending("!")] }, middlewares: [ending("?")] }).ask("x"), "x?!");

// what does not fit is told where the app is made
assert.equal(caught(() => gp.fromSpec({ engine: { provider: "echo" }, session: { timoutMs: 1 } })).message, "spec.session: there is no option 'timoutMs'; did you mean timeoutMs?");
assert.equal(caught(() => gp.fromSpec({ engine: { provdier: "echo" } })).subject, "provdier");
assert.match(caught(() => gp.fromSpec({ engine: { provider: "echo" }, tools: "calculator" })).message, /expected tool registry reference, got string/);
assert.equal(caught(() => gp.fromSpec({ engine: { provider: "echo" }, tools: { names: ["calculator"], registry: own() } })).subject, "tools");
assert.equal(caught(() => gp.fromSpec({ engine: { provider: "echo" } }).session(42)).message, "session options must be an object, got number");
const circle = { engine: { provider: "echo", tags: {} } };
circle.engine.tags.circle = circle;
assert.equal(caught(() => gp.fromSpec(circle)).message, "an object contains itself");
for (const specVersion of ["1", 0.5, -1]) assert.match(caught(() => gp.fromSpec({ specVersion, engine: { provider: "echo" } })).message, /specVersion: expected a whole number/);
assert.match(caught(() => gp.fromSpec({ specVersion: 0 }, { migrations: { 0: (spec) => Promise.resolve(spec) } })).message, /must return a spec, got Promise/);

// later edits of what was given change neither the app nor its export
const shared = { engine: { provider: "echo" }, middlewares: [{ type: "systemPrompt", prompt: "A" }], tools: ["calculator"], session: { tags: { a: 1 } } };
const before = JSON.parse(JSON.stringify({ specVersion: 1, ...shared }));
const app = gp.fromSpec(shared);
shared.middlewares[0].prompt = "B";
shared.tools.push("nope");
shared.session.tags.a = 2;
assert.equal(app.run("x").blocks[0].payload.text, "A");
assert.deepEqual(app.toSpec(), before);

const prompt = { prompt: "A" };
const held = gp.fromSpec({ engine: { provider: "echo" }, middlewares: [gp.middleware.systemPrompt(prompt)] });
prompt.prompt = "B";
assert.deepEqual([held.run("x").blocks[0].payload.text, held.toSpec().middlewares[0].config.prompt], ["A", "A"]);

// an export gives the same app again
gp.plugins.registerMiddleware("spec.end", (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += "[registered]"; return out; });
const fn = (ctx, turn, next) => next(ctx, turn);
gp.plugins.registerMiddleware("spec.copy", fn, { cloneBefore: true, point: "run", timeoutMs: 1000 });
gp.plugins.registerMiddleware("spec.made", ({ end }) => (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += end; return out; }, { factory: true });
const again = (spec) => {
  const first = gp.fromSpec(spec).toSpec();
  const second = gp.fromSpec(JSON.parse(JSON.stringify(first)));
  assert.deepEqual(second.toSpec(), first);
  return [first, second];
};
const [handles, back] = again({
  name: "n", description: "d",
  engine: { provider: "echo", settings: { reply: "r" }, middlewares: ["spec.end"], tools: { maxIterations: 2 }, maxIterations: 3, timeoutMs: 500 },
  middlewares: [gp.middleware.systemPrompt("S"), gp.middleware.reorderToolResults(), gp.middleware.host("spec.made", { end: "?" }), { type: "spec.made", end: "!" }],
  tools: { names: ["calculator"], retryMaxRetries: 1, executionTimeout: "30s" },
  session: { overflow: "block", middlewares: [gp.middleware.js(fn, { mode: "copy", point: "run", timeoutMs: 1000 })] },
});
assert.deepEqual(handles.middlewares[0], { name: "systemPrompt", config: { prompt: "S" } });
assert.deepEqual(handles.middlewares[2], { name: "spec.made", config: { end: "?" } });
assert.deepEqual(handles.session.middlewares, [{ name: "spec.copy" }]);
assert.equal(back.ask("x"), "r!?[registered]");
again({ engine: { provider: "echo" } });
again({ engine: { provider: "echo" }, tools: ["calculator"], middlewares: [{ type: "js", name: "mine", fn, mode: "copy", point: "run", timeoutMs: 1000 }] });

// and what would not is refused with its place
const refused = (spec, subject) => {
  const error = caught(() => gp.fromSpec({ engine: { provider: "echo" }, ...spec }).toSpec());
  assert.deepEqual([error.code, error.subject, typeof error.nextStep], ["GEPPETTO_JS_ENCODE_ERROR", subject, "string"]);
};
refused({ tools: own() }, "tools");
refused({ tools: [{ name: "t", handler: () => 1 }] }, "tools/0.handler");
refused({ tools: { registry: own() } }, "tools.registry");
refused({ tools: { hooks: { beforeToolCall() {} } } }, "tools.hooks.beforeToolCall");
refused({ session: { persister() {} } }, "session.persister");
refused({ session: { tags: { ratio: NaN } } }, "session.tags.ratio");
refused({ middlewares: [gp.middleware.js((ctx, turn, next) => next(ctx, turn), { name: "spec.end" })] }, "middlewares/0");
refused({ middlewares: [gp.middleware.js(fn, { name: "spec.copy" })] }, "middlewares/0");
refused({ session: { middlewares: [(turn, next) => next(turn)] } }, "session.middlewares/0");
