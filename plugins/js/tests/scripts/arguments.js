// An argument of another kind, and a word that is not known, are refused where they are given.
// parity: 28, 41
const gp = require("geppetto");
const caught = (fn) => { try { fn(); } catch (error) { return error; } return assert.ok(false, "nothing was thrown"); };
const refused = (fn, message) => {
  const error = caught(fn);
  assert.equal(error.code, "GEPPETTO_JS_INVALID_OPTION");
  assert.match(error.message, message);
  return error;
};
const engine = gp.engines.echo();
const fn = (ctx, turn, next) => next(ctx, turn);

for (const name of ["openai", "openaiResponses", "claude", "gemini"]) {
  const error = refused(() => gp.engines[name]("gpt-4o"), /options must be an object, got string/);
  assert.equal(error.nextStep, 'pass {model: "gpt-4o"}');
}
refused(() => gp.plugins.registerMiddleware("arguments.mode", fn, { mode: "muate" }), /invalid mode "muate", expected one of: mutate, copy/);
refused(() => gp.plugins.registerMiddleware("arguments.point", fn, { point: "runs" }), /invalid point "runs", expected one of: run, call/);
assert.ok(!gp.plugins.list().middlewares.some((name) => name.startsWith("arguments.")));
refused(() => gp.createSession({ engine, toolHooks: { beforeToolCall() {}, hookErrorPolicy: "fail-opne" } }), /invalid hookErrorPolicy "fail-opne", expected one of: fail-closed, fail-open, closed, open/);
refused(() => gp.createSession({ engine, toolHooks: { onHookError: "close" } }), /invalid onHookError "close"/);
for (const stepController of [{}, 5, { ref: 1 }]) refused(() => gp.createSession({ engine, stepController }), /expected step controller reference, got (object|number)/);
refused(() => gp.createBuilder().withStepController({}), /expected step controller reference/);
refused(() => gp.createBuilder({ engine }).buildSession(42), /buildSession options must be an object, got number/);
refused(() => engine.buildSession({ engine }), /there is no option 'engine'/);
refused(() => gp.runInference(engine, "x", "y"), /runInference options must be an object, got string/);
refused(() => gp.keys.id(5), /a key is a text/);
refused(() => gp.keys.id("a", "turns"), /invalid store "turns", expected one of/);

// names that every object has are names like others
assert.equal(gp.keys.id("constructor"), "geppetto.constructor@v1");
refused(() => gp.createSession({ engine, toString: 1 }), /there is no option 'toString'/);
refused(() => gp.engines.echo({ toString() {} }), /there is no option 'toString'/);
assert.equal(gp.turn().build().meta.has("constructor"), false);

// one sink or a list of them: more can be added
const seen = [];
const sink = (name) => (event) => { if (event.type === "run-started") seen.push(name); };
gp.createBuilder({ engine, eventSinks: sink("first") }).withEventSink(sink("second")).buildSession().run("x");
assert.deepEqual(seen, ["first", "second"]);
gp.plugins.registerMiddleware("acme.copied", (ctx, turn, next) => { turn.blocks.length = 0; next(ctx); }, { cloneBefore: true });
assert.equal(gp.createSession({ engine, middlewares: ["acme.copied"] }).run("x").text(), "READY");
