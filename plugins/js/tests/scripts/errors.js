// Errors: one class, stable codes, phase and blame.
// parity: 3, 92, 105, 180, 248
const gp = require("geppetto");
const { GeppettoError, GeppettoFactoryError, codes } = gp.errors;

for (const code of ["DECODE_ERROR", "ENCODE_ERROR", "MIDDLEWARE_THROW", "MIDDLEWARE_TIMEOUT", "INVALID_OPTION", "SESSION_ACTIVE", "RUN_CANCELED"]) {
  assert.equal(codes[`GEPPETTO_JS_${code}`], `GEPPETTO_JS_${code}`);
}
const error = assert.throws(() => gp.createSession({ engine: gp.engines.echo(), nope: 1 }));
assert.ok(error instanceof GeppettoError && error instanceof Error);
assert.equal(error.name, "GeppettoError");
assert.ok(gp.errors.is(error) && gp.errors.is(error, "GEPPETTO_JS_INVALID_OPTION") && !gp.errors.is(error, "X"));
assert.equal(gp.errors.codeOf(new Error("plain")), null);
assert.ok(new GeppettoFactoryError("x", { code: "INVALID_PATCH" }) instanceof GeppettoError);

// a debug tap that throws breaks nothing; secrets do not reach it
const tapped = gp.engines.echo().run("x", { debugTap: { onTurnBeforeConversion: () => { throw new Error("tap"); } } });
assert.equal(tapped.text(), "READY");
