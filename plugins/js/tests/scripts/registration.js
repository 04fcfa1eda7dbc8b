// Names that a script registers, whole applications as data, and the small variants of the early documents.
// parity: 28, 29, 30, 90, 106, 107, 108, 159, 164, 165, 182, 235, 236, 245, 246, 73
const gp = require("geppetto");

gp.plugins.registerMiddleware("acme.shout", (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += "!"; return out; });
gp.plugins.registerMiddleware("acme.say", (config) => (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += config.what; return out; }, { factory: true });
gp.plugins.registerEngineFactory("acme.engine", (settings) => (turn) => `I am ${settings.model}`);
assert.throws(() => gp.plugins.registerMiddleware("acme.shout", () => {}), /registered already/);
assert.throws(() => gp.plugins.registerMiddleware("no good", () => {}), /not usable/);
assert.deepEqual(gp.plugins.list().engineFactories, ["acme.engine"]);
assert.deepEqual(gp.debug.audit().map((row) => row.name), ["acme.shout", "acme.say", "acme.engine"]);

const overrides = { model: "m" };
assert.equal(gp.createEngine({ provider: "acme.engine", overrides, middlewares: ["acme.shout"] }).run("x").text(), "I am m!");
const spec = { specVersion: 1, name: "demo", engine: { provider: "acme.engine", overrides }, middlewares: [{ type: "systemPrompt", prompt: "p" }, { name: "acme.say", config: { what: "?" } }], tools: { maxIterations: 4 } };
const app = gp.fromSpec(spec);
assert.equal(app.ask("x"), "I am m?");
assert.deepEqual(app.toSpec(), spec);
assert.equal(gp.fromSpec(JSON.parse(JSON.stringify(app.toSpec()))).run("x").text(), "I am m?");
assert.throws(() => gp.fromSpec({ engine: spec.engine, middlewares: [() => {}] }).toSpec(), { code: "GEPPETTO_JS_ENCODE_ERROR" });
assert.throws(() => gp.fromSpec({ ...spec, specVersion: 99 }), /newer/);
const old = { specVersion: 0, provider: "acme.engine" };
assert.throws(() => gp.fromSpec(old), /nobody can migrate/);
assert.equal(gp.fromSpec(old, { migrations: { 0: ({ provider }) => ({ engine: { provider, overrides } }) } }).ask("x"), "I am m");
assert.throws(() => gp.fromSpec.registerMigration("zero", () => {}), /from: expected a whole number of at least 0, got string/);
assert.throws(() => gp.fromSpec.registerMigration(0, "no"), { code: "GEPPETTO_JS_INVALID_OPTION", message: /the step from 0: expected function/ });
assert.throws(() => gp.fromSpec.registerMigration(0, async (spec) => spec), /the step from 0 is async/);
assert.throws(() => gp.fromSpec(old, { migrations: { zero: () => {} } }), /fromSpec migrations: from: expected a whole number/);
assert.throws(() => gp.fromSpec(old, { migrations: { 0: async (spec) => spec } }), /the step from 0 is async/);
gp.fromSpec.registerMigration(0, ({ provider }) => ({ engine: { provider, overrides } }));
assert.equal(gp.fromSpec(old).ask("x"), "I am m");

const runner = gp.buildRunner(gp.newBuilder({ provider: "acme.engine", overrides }));
assert.equal(gp.run(runner, gp.turn().user("x").build()).text(), "I am m");
assert.equal(gp.session({ provider: "acme.engine", overrides }).use("acme.shout").ask("x"), "I am m!");
const runtime = gp.runtime({ provider: "acme.engine", overrides, middlewares: ["systemPrompt"].slice(1), jsMiddlewares: [{ name: "q", fn: (c, t, n) => { const o = n(c, t); o.blocks.at(-1).payload.text += "."; return o; } }] });
assert.equal(runtime.ask("x"), "I am m.");
// as document 003 has it (28, variant B3): names alone
assert.ok(gp.runtime({ provider: "echo", middlewares: ["systemPrompt", "reorderToolResults"], jsMiddlewares: [{ name: "trim", fn: (c, t, n) => n(c, t) }] }).ask("x"));

// counters, budget, defaults, the guard
const stats = gp.debug.bridgeStats();
assert.deepEqual(Object.keys(stats).slice(0, 5), ["bridge.calls.scalar", "bridge.calls.object", "bridge.turn.decodes", "bridge.turn.encodes", "bridge.middleware.invocations"]);
assert.ok(stats["bridge.turn.encodes"] > 0 && stats["bridge.middleware.invocations"] > 0);
assert.deepEqual([gp.debug.budget().middlewareLayers.limit, gp.debug.budget().crossingsPerRun.limit], [8, 200]);
assert.equal(gp.describeDefaults().toolLoop.maxParallelTools, 1);
assert.throws(() => gp.createSession({ engine: gp.engines.echo(), middlewares: Array(65).fill((t, n) => n(t)) }), { code: "JS_POLICY_DENIED" });
