// A script that loops is stopped at its deadline, in a middleware, a tool, an engine and at the end of a chain of promises.
// parity: 91, 224, 281
// needs: interrupt
const gp = require("geppetto");
const forever = () => { for (;;); };
const timed = (options, more) => assert.throws(() => gp.createSession(options).run("x", more));

const echo = gp.engines.echo();
const middleware = gp.middleware.js(() => { try { forever(); } catch { forever(); } }, { name: "loop", timeoutMs: 50 });
assert.equal(timed({ engine: echo, middlewares: [middleware] }).code, "GEPPETTO_JS_MIDDLEWARE_TIMEOUT");
assert.equal(timed({ engine: gp.engines.fromFunction(forever) }, { timeoutMs: 60 }).code, "DEADLINE_EXCEEDED");

const tools = gp.tools.createRegistry();
tools.register({ name: "loop", handler: forever, timeoutMs: 50 });
assert.throws(() => tools.call("loop"), { code: /TIMEOUT/ });
tools.register({ name: "later", handler: () => Promise.resolve().then(forever), timeoutMs: 50 });
assert.throws(() => tools.call("later"), { code: /TIMEOUT/ });

// the runtime goes on
assert.equal(gp.createSession({ engine: echo }).run("x").text(), "READY");
