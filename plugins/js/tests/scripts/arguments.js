// An argument of another kind, and a word that is not known, are refused where they are given.
// parity: 23, 28, 41, 160
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

// what is out of range is refused where it is given, by the name that scripts know
const session = (options) => () => gp.createSession({ engine, ...options });
for (const [options, subject, message] of [
  [{ queueSize: 0 }, "queueSize", /createSession options: queueSize: expected a whole number of at least 1, got 0/],
  [{ toolLoop: { maxIterations: 0 } }, "maxIterations", /toolLoop: maxIterations: expected a whole number of at least 1, got 0/],
  [{ toolLoop: { repeatLimit: 0 } }, "repeatLimit", /toolLoop: repeatLimit/],
  [{ toolLoop: { maxTotalTokens: 0 } }, "maxTotalTokens", /toolLoop: maxTotalTokens/],
  [{ toolLoop: { maxCost: -1 } }, "maxCost", /toolLoop: maxCost/],
  [{ toolConfig: { maxParallelTools: 0 } }, "maxParallelTools", /toolConfig: maxParallelTools/],
  [{ toolLoop: { retryBackoffFactor: -1 } }, "retryBackoffFactor", /retryBackoffFactor: expected a number of at least 0, got -1/],
  [{ toolLoop: { retryConfig: { backoffFactor: -1 } } }, "backoffFactor", /toolLoop.retryConfig: backoffFactor/],
  [{ inference: { foo: 1 } }, "foo", /inference: there is no option 'foo'; known: model, .*maxOutputTokens/],
  [{ inference: { max_tokens: 1 } }, "max_tokens", /did you mean maxTokens\?/],
  [{ inference: { topP: "x" } }, "topP", /inference: topP: expected number, got string/],
  [{ inference: { temperature: NaN } }, "temperature", /inference: temperature: expected number, got NaN/],
]) assert.equal(refused(session(options), message).subject, subject);
const inference = { maxOutputTokens: "many" };
for (const run of [
  () => gp.createBuilder().withInference(inference),
  () => gp.createEngine({ provider: "echo", inference }),
  () => gp.createSession({ engine }).run("x", { inference }),
  () => gp.createSession({ engine }).start("x", { inference }),
]) refused(run, /inference: maxOutputTokens: expected a whole number of at least 0, got string/);
refused(() => gp.engines.openai({ maxTokens: 0 }), /maxTokens: expected a whole number of at least 1, got 0/);

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
