// What a script registers is found wherever a name is taken, as people write it, and listed beside what the host has.
// parity: 28, 245
const gp = require("geppetto");
const caught = (fn) => { try { fn(); } catch (error) { return error; } return assert.ok(false, "nothing was thrown"); };
const adding = (end) => (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += end; return out; };

gp.plugins.registerEngineFactory("acme.q", ({ model = "none" }) => () => `q ${model}`);
gp.plugins.registerMiddleware("acme.add", ({ end }) => adding(end), { factory: true });
gp.plugins.registerMiddleware("acme.bang", adding("!"));

// engines
for (const name of ["acme.q", "ACME.Q", "acme.-q"]) {
  assert.equal(gp.createSession({ engine: name }).run("x").text(), "q none");
  assert.equal(gp.createEngine({ provider: name }).run("x").text(), "q none");
}
assert.equal(gp.runInference("acme.q", "x").text(), "q none");
assert.equal(gp.engines.fromConfig({ provider: "acme.q", model: "m" }).run("x").text(), "q m");
assert.equal(gp.createBuilder().withEngine("acme.q").buildSession().run("x").text(), "q none");
assert.ok(gp.engines.names().includes("acme.q") && gp.engines.names().includes("echo"));

// middlewares
const said = (...middlewares) => gp.createSession({ engine: "echo", middlewares }).run("x").text();
assert.equal(said("ACME.Bang"), "x!");
for (const use of [
  gp.middleware.host("acme.add", { end: "?" }), gp.middlewares.go("acme-.add", { end: "?" }), { name: "acme.add", config: { end: "?" } },
  { name: "acme.add", options: { end: "?" } }, { type: "acme.add", end: "?" }, { name: "acme.add", id: "one", end: "?" },
  { name: "mine", fn: adding("?"), timeoutMs: 1000 }, { type: "js", name: "mine", fn: adding("?") },
]) assert.equal(said(use), "x?");
assert.equal(gp.createBuilder({ engine: "echo" }).useHostMiddleware("acme.bang").buildSession().run("x").text(), "x!");
for (const catalog of [gp.middleware, gp.middlewares]) assert.ok(catalog.names().includes("acme.bang") && catalog.names().includes("logging"));

// an entry keeps what stands beside its function, and its config is never half read
const copied = { name: "mine", fn: (ctx, turn, next) => { turn.blocks[0].payload.text = "changed"; return next(ctx); }, mode: "copy" };
assert.equal(said(copied), "x");
assert.equal(caught(() => said({ ...copied, mode: "muate" })).code, "GEPPETTO_JS_INVALID_OPTION");
assert.match(caught(() => said({ name: "acme.add", config: { end: "?" }, timeoutMs: 5 })).message, /middleware acme\.add: 'timeoutMs' stands beside its config/);
assert.match(caught(() => said({ name: "acme.bang", config: { end: "?" } })).message, /acme\.bang takes no config/);

// a handle that became data is read again; `js` is a middleware of the host too, for files
const handle = JSON.parse(JSON.stringify(gp.middleware.systemPrompt("S")));
assert.equal(gp.createSession({ engine: "echo", middlewares: [handle] }).run("x").blocks[0].payload.text, "S");
assert.match(caught(() => said({ type: "js", fiel: "x.js" })).message, /fiel/);

// a name is taken once; one that replaces the host's leaves `host` the host's
assert.match(caught(() => gp.plugins.registerMiddleware("Acme.Bang", adding("2"))).message, /'acme\.bang' is registered already/);
gp.plugins.registerMiddleware("reorder_tool_results", adding("mine"), { replace: true });
assert.equal(said("reorderToolResults"), "xmine");
assert.equal(said(gp.middleware.host("reorderToolResults")), "x");
assert.deepEqual(gp.middleware.names().filter((name) => /reorder/.test(name)), ["reorderToolResults"]);
