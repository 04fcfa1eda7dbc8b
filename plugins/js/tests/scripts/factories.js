// Factories: plans, patches, sessions that have all of a profile.
// parity: 12, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 325, 332, 333, 334, 335, 336, 337, 339
// parity: 346, 347, 349, 350, 352, 354, 356, 357, 358, 359, 372, 373, 375
const gp = require("geppetto");
const factory = gp.factories.createEngineFactory({ defaultRegistrySlug: "team", defaultProfileSlug: "default" });

// a session has the prompt, the middlewares and the tools of its profile
const session = factory.createSession({ profile: "open", runDefaults: { timeoutMs: 60000, tags: { from: "factory" } } });
const turn = session.run("What is 6 times 7?");
assert.equal(turn.blocks[0].payload.text, "Base.");
assert.equal(turn.text(), "from base");
assert.ok(session.latest().data.has("tool_config"));
const made = factory.createEngine({ runtimeKeyFallback: "mine" });
assert.equal(made.run("x").text(), "from base");
assert.deepEqual([made.metadata.profileRegistry, made.metadata.profileSlug, made.metadata.runtimeKey], ["team", "default", "mine"]);
assert.deepEqual(made.metadata, gp.engines.fromProfile("default", { runtimeKey: "mine" }).metadata);
const seen = [];
const own = factory.createBuilder({ profile: "open" }).useMiddleware((t, next, ctx) => { seen.push(ctx.tags); return next(t); }).buildSession();
own.run("x", { tags: { a: 1 } });
assert.deepEqual(seen, [{ a: 1 }]);
(async () => {
  const run = factory.createSession({ runDefaults: { tags: { from: "factory" } } }).start("x");
  assert.equal((await run).text(), "from base");
})();

// the plan
const patch = gp.factories.middlewarePatch()
  .append({ name: "systemPrompt", id: "tone", config: { prompt: "Be kind." } })
  .prepend("reorderToolResults")
  .insertBefore("systemPrompt#tone", { name: "logging", id: "near" })
  .configure("logging#wire", { level: "debug" })
  .disable("logging#near")
  .build();
const plan = factory.plan({ profile: "open", runtimeKeyFallback: "rk", requestOverrides: { systemPrompt: "Asked.", tools: [] }, middlewarePatch: patch });
assert.deepEqual([plan.registrySlug, plan.profileSlug, plan.runtimeKey, plan.engine], ["team", "open", "rk", "echo"]);
assert.match(plan.runtimeFingerprint, /^sha256:/);
assert.equal(plan.resolvedRuntime.systemPrompt, "Asked.");
assert.deepEqual(plan.chain.map((link) => link.label), ["reorderToolResults", "logging#wire", "logging#near", "systemPrompt#tone"]);
assert.deepEqual(plan.resolvedRuntime.middlewares[1].config.level, "debug");
assert.equal(plan.resolvedRuntime.middlewares[2].enabled, false);
assert.deepEqual(plan.refusals.map((row) => row.key), ["tools"]);
assert.deepEqual(plan.mergeLayers.map((row) => row.layer), ["schema-defaults", "profile", "config-file", "environment", "flags", "request", "middleware-patch"]);
assert.deepEqual(plan.mergeLayers.filter((row) => row.applied).map((row) => row.layer), ["schema-defaults", "profile", "request", "middleware-patch"]);
const debug = plan.middlewareDebug.find((row) => row.key === "logging#wire");
assert.ok(debug.sources.some((source) => source.layer === "request"));
const level = debug.paths.find((row) => row.path === "/level");
assert.deepEqual(level.steps.map((step) => step.layer), ["schema-defaults", "profile", "request"]);
assert.ok(!JSON.stringify(plan).includes("canary"));
assert.deepEqual(factory.plan({ profile: "open" }), factory.plan({ profile: "open" }));

// a patch as a function of a builder, and as data
assert.deepEqual(factory.plan({ middlewarePatch: (b) => b.remove("logging#wire") }).chain, []);
assert.deepEqual(factory.plan({ middlewarePatch: { ops: [{ op: "remove", target: "logging" }] } }).chain, []);
assert.equal(factory.plan({ middlewarePatch: (b) => b.replace("logging#wire", { name: "reorderToolResults", id: "r" }) }).chain[0].label, "reorderToolResults#r");
const order = factory.plan({ middlewarePatch: (b) => b.insertAfter("logging#wire", { name: "systemPrompt", id: "x", config: { prompt: "x" } }).disable("logging#wire").enable("logging#wire") });
assert.deepEqual(order.chain.map((link) => [link.label, link.enabled]), [["logging#wire", true], ["systemPrompt#x", true]]);

// errors
const failed = (run, code, message) => {
  const error = assert.throws(run, message);
  assert.equal(error.code, code);
  assert.ok(error instanceof gp.errors.GeppettoFactoryError);
  return error;
};
failed(() => factory.plan({ middlewarePatch: (b) => b.remove("nope") }), "INVALID_PATCH", /there is no middleware 'nope'/);
failed(() => gp.factories.middlewarePatch().append({}).build(), "INVALID_PATCH");
failed(() => factory.plan({ profile: "nope" }), "PROFILE_NOT_FOUND");
failed(() => factory.plan({ registry: "nope" }), "REGISTRY_NOT_FOUND");
failed(() => factory.createSession({ profile: "closed", requestOverrides: { system_prompt: "x" } }), "POLICY_VIOLATION", /disabled/);
failed(() => factory.createSession({ middlewarePatch: (b) => b.append("nope") }), "MIDDLEWARE_NOT_FOUND");
const misfit = failed(() => factory.createSession({ middlewarePatch: (b) => b.configure("logging#wire", { level: "loud" }) }), "SCHEMA_VALIDATION_FAILED", /level/);
assert.match(misfit.message, /logging#wire/);
// a key that nobody reads is such a misfit too, whoever says it
const odd = { prompt: "p", promt: "p" };
const appended = (b) => b.append({ name: "systemPrompt", config: odd });
const use = { name: "systemPrompt", config: odd };
for (const run of [
  () => factory.plan({ middlewarePatch: appended }),
  () => factory.createSession({ middlewarePatch: appended }),
  () => gp.createSession({ engine: "echo", middlewares: [use] }),
]) failed(run, "SCHEMA_VALIDATION_FAILED", /did you mean prompt\?/);

// whatever a factory raises is of its class: also what an engine or a registry of tools would raise as another one
failed(() => factory.createSession({ profile: "open", requestOverrides: { step_settings_patch: { engine: { name: "ecko" } } } }), "ENGINE_NOT_FOUND");
failed(() => factory.createSession({ profile: "tooled" }), "TOOL_NOT_FOUND", /nobody_has_it/);
assert.match(factory.plan({ profile: "tooled" }).notes.join(), /no tool 'nobody_has_it'/);
failed(() => gp.engines.fromProfile("wired"), "ENGINE_NOT_FOUND");
assert.ok(!(assert.throws(() => gp.createEngine({ provider: "ecko" })) instanceof gp.errors.GeppettoFactoryError));
assert.throws(() => factory.plan({ profle: "x" }), /did you mean profile\?/);

// a function that edits the patch need not return it
const edited = factory.plan({ profile: "default", middlewarePatch: (patch) => { patch.append({ name: "systemPrompt", id: "mine" }); } });
assert.match(JSON.stringify(edited), /mine/);
