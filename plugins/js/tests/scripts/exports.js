// What is written down keeps no secret, what is written back loses none; names of the host are the host's.
// parity: 238
const gp = require("geppetto");
const { DATABASE } = ENV;
const caught = (fn) => { try { fn(); } catch (error) { return error; } };

const spec = gp.fromSpec({
  engine: { provider: "openai", overrides: { model: "m", apiKey: "sk-SECRET", settings: { organization: "o" } } },
  session: { tags: { team: "a" } },
}).toSpec();
assert.ok(!JSON.stringify(spec).includes("SECRET"));
assert.deepEqual(spec.engine.overrides, { model: "m", settings: { organization: "o" } });
gp.fromSpec(spec);

// a profile that is read, changed and written back keeps its key
gp.profiles.connectStack([DATABASE]);
const where = { registrySlug: "workspace" };
gp.profiles.createProfile({ slug: "keyed", runtime: { step_settings_patch: { "openai-chat": { "openai-api-key": "canary" } } } }, where);
const { slug, metadata, ...read } = gp.profiles.getProfile("keyed", "workspace");
assert.ok(!JSON.stringify(read).includes("canary"));
gp.profiles.updateProfile("keyed", { ...read, description: "new" }, where);
assert.equal(gp.profiles.getProfile("keyed", "workspace").description, "new");
assert.equal(caught(() => gp.profiles.createProfile({ ...read, slug: "other" }, where)).code, "PROFILE_INVALID");

// a middleware that nobody has is refused where an engine is made
for (const make of [
  () => gp.engineBuilder().provider("echo").use("zap").build(),
  () => gp.createEngine({ provider: "echo", middlewares: ["zap"] }),
  () => gp.fromSpec({ engine: { provider: "echo" }, middlewares: ["zap"] }),
]) assert.equal(caught(make).code, "MIDDLEWARE_NOT_FOUND");

// a factory may return an engine; what is given beside it goes to that engine's sessions
const seen = [];
gp.plugins.registerEngineFactory("acme.p", () => gp.engines.echo({ reply: "own" }));
const note = gp.middleware.js((ctx, turn, next) => (seen.push(1), next(ctx, turn)));
assert.equal(gp.createEngine({ provider: "acme.p", middlewares: [note] }).run("x").text(), "own");
assert.equal(seen.length, 1);

// names of the host are the host's, unless a script says so
for (const name of ["reorderToolResults", "reorder-tool-results"]) {
  assert.equal(caught(() => gp.plugins.registerMiddleware(name, note.fn)).subject, name);
}
assert.equal(caught(() => gp.plugins.registerEngineFactory("echo", () => "x")).nextStep, "pass {replace: true}");
gp.plugins.registerMiddleware("logging", (ctx, turn, next) => next(ctx, turn), { replace: true });
