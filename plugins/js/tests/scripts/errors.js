// Errors: one class, stable codes, phase and blame.
// parity: 3, 65, 92, 133, 105, 180, 244, 248
const gp = require("geppetto");
const { GeppettoError, GeppettoFactoryError, codes } = gp.errors;

for (const code of ["DECODE_ERROR", "ENCODE_ERROR", "MIDDLEWARE_THROW", "MIDDLEWARE_TIMEOUT", "INVALID_OPTION", "SESSION_ACTIVE", "RUN_CANCELED"]) {
  assert.equal(codes[`GEPPETTO_JS_${code}`], `GEPPETTO_JS_${code}`);
}
for (const code of ["INSECURE_URL", "IDLE_TIMEOUT", "STORE_FAILED", "PROFILE_NOT_FOUND"]) assert.equal(codes[code], code);
const error = assert.throws(() => gp.createSession({ engine: gp.engines.echo(), nope: 1 }));
assert.ok(error instanceof GeppettoError && error instanceof Error);
assert.equal(error.name, "GeppettoError");
assert.ok(gp.errors.is(error) && gp.errors.is(error, "GEPPETTO_JS_INVALID_OPTION") && !gp.errors.is(error, "X"));
assert.equal(gp.errors.codeOf(new Error("plain")), null);
assert.ok(new GeppettoFactoryError("x", { code: "INVALID_PATCH" }) instanceof GeppettoError);

// whatever cannot be written down fails in one phase, whether a turn holds it, a spec, or what crosses the border
const loop = {};
loop.a = loop;
for (const run of [
  () => gp.turns.normalize({ metadata: { k: loop } }),
  () => gp.turns.normalize({ metadata: { k: NaN } }),
  () => gp.turn().build().data.set("k", loop),
  () => gp.createSession({ engine: "echo", tags: { k: Symbol("s") } }),
  () => gp.fromSpec({ engine: { provider: "echo" }, middlewares: [() => 1] }).toSpec(),
]) assert.throws(run, { code: "GEPPETTO_JS_ENCODE_ERROR", phase: "encode" });

// a debug tap that throws breaks nothing; secrets do not reach it
const tapped = gp.engines.echo().run("x", { debugTap: { onTurnBeforeConversion: () => { throw new Error("tap"); } } });
assert.equal(tapped.text(), "READY");
