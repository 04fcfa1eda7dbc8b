// Profiles: read, resolved, written, connected; engines of profiles; schemas.
// parity: 7, 12, 135, 292, 293, 294, 295, 296, 297, 298, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309
// parity: 327, 328, 329, 330, 331, 343, 344, 345, 348, 355, 364, 367, 370, 371, 374
const gp = require("geppetto");
const { profiles } = gp;

assert.deepEqual(profiles.listRegistries().map((r) => r.slug), ["base", "team"]);
assert.equal(profiles.getRegistry().slug, "team");
assert.equal(profiles.getRegistry("base").default_profile_slug, "default");
assert.deepEqual(profiles.listProfiles("team").map((p) => p.slug), ["closed", "default", "open", "tooled", "wired"]);
assert.equal(profiles.getProfile("open").policy.allow_overrides, true);

const resolved = profiles.resolve({ profileSlug: "open", runtimeKeyFallback: "mine", requestOverrides: { systemPrompt: "Asked." } });
assert.deepEqual([resolved.registrySlug, resolved.profileSlug, resolved.runtimeKey], ["team", "open", "mine"]);
assert.equal(resolved.effectiveRuntime.system_prompt, "Asked.");
assert.deepEqual(resolved.effectiveStepSettings.Chat, { ApiType: "echo" });
assert.match(resolved.runtimeFingerprint, /^sha256:[0-9a-f]{64}$/);
assert.deepEqual(resolved.metadata["profile.stack.lineage"].map((l) => `${l.registry_slug}/${l.profile_slug}`), ["base/default", "team/default", "team/open"]);
assert.ok(!JSON.stringify([resolved, profiles.getProfile("default", "base")]).includes("canary"));

// policy: closed unless somebody opens it, and the reason stays
const closed = assert.throws(() => profiles.resolve({ profileSlug: "closed", requestOverrides: { system_prompt: "x" } }), /disabled for this profile/);
assert.equal(closed.code, "POLICY_VIOLATION");
assert.ok(closed instanceof gp.errors.GeppettoFactoryError);
const denied = assert.throws(() => profiles.resolve({ profileSlug: "open", requestOverrides: { tools: [] } }), /override key "tools" is denied/);
assert.equal(denied.code, "OVERRIDE_NOT_ALLOWED");
assert.throws(() => profiles.getProfile("nope"), { code: "PROFILE_NOT_FOUND", message: /profile not found/ });
assert.throws(() => profiles.getRegistry("nope"), { code: "REGISTRY_NOT_FOUND" });
assert.throws(() => profiles.getProfile(), /profileSlug is required/);

// files that were named are read only; a database of the script's own is not
assert.throws(() => profiles.createProfile({ slug: "x" }), /requires a writable profile registry|read-only/);
const before = profiles.listRegistries();
assert.throws(() => profiles.connectStack("/nowhere/at/all.yaml"));
assert.deepEqual(profiles.listRegistries(), before);
const connected = profiles.connectStack([ENV.BASE, ENV.DATABASE]);
assert.deepEqual(connected.sources, profiles.getConnectedSources());
assert.equal(profiles.createProfile({ slug: "fast", runtime: { tools: [] } }, { registrySlug: "workspace", write: { actor: "me" } }).metadata.created_by, "me");
const updated = profiles.updateProfile("fast", { display_name: "Fast", stack: [{ registry_slug: "base", profile_slug: "default" }], metadata: { tags: ["a"] } }, { registrySlug: "workspace", write: { expectedVersion: 1 } });
assert.deepEqual([updated.display_name, updated.metadata.version, updated.metadata.tags], ["Fast", 2, ["a"]]);
assert.throws(() => profiles.updateProfile("fast", { description: "late" }, { registrySlug: "workspace", write: { expectedVersion: 1 } }), { code: "VERSION_CONFLICT" });
assert.throws(() => profiles.updateProfile("fast", {}, { write: { expectedVersion: -1 } }), /expectedVersion/);
assert.throws(() => profiles.updateProfile("fast", {}, { write: { expectedVersion: 1.5 } }), /must be a whole number >= 0, got 1.5/);
assert.throws(() => profiles.createProfile({ slug: "bad", runtime: { middlewares: [{ name: "nope" }] } }, { registrySlug: "workspace" }), { code: "MIDDLEWARE_NOT_FOUND" });
profiles.createProfile({ slug: "locked", policy: { read_only: true } }, { registrySlug: "workspace" });
assert.throws(() => profiles.deleteProfile("locked", { registrySlug: "workspace" }), /read-only/);
profiles.setDefaultProfile("fast", { registrySlug: "workspace" });
assert.equal(profiles.getRegistry("workspace").default_profile_slug, "fast");
assert.equal(profiles.resolve({ profileSlug: "fast" }).effectiveRuntime.system_prompt, "Base.");
profiles.deleteProfile("fast", { registrySlug: "workspace" });
assert.throws(() => profiles.getProfile("fast", "workspace"), /profile not found/);
profiles.disconnectStack();
assert.deepEqual([profiles.getConnectedSources(), profiles.listRegistries().length], [[], 2]);

// engines of profiles: settings only
const engine = gp.engines.fromProfile("default", { runtimeKey: "k" });
assert.deepEqual([engine.name, engine.provider], ["profile:team/default", "echo"]);
assert.equal(gp.createEngine({ profile: "default" }).provider, "echo");
assert.deepEqual([engine.metadata.profileRegistry, engine.metadata.profileSlug, engine.metadata.runtimeKey], ["team", "default", "k"]);
assert.match(engine.metadata.runtimeFingerprint, /^sha256:/);
assert.deepEqual(engine.run("x").blocks.map((b) => b.kind), ["user", "llm_text"]);
assert.throws(() => gp.engines.fromProfile("default", { registrySlug: "team" }), /registryslug has been removed/i);
assert.throws(() => gp.engines.fromProfile("gpt-4o"), { code: "PROFILE_NOT_FOUND" });
assert.throws(() => gp.createEngine({ provider: "demo", profile: "default" }), { code: "MERGE_CONFLICT" });
assert.equal(gp.engines.fromConfig({ provider: "openai", model: "m" }).name, "config");

// schemas
const rows = gp.schemas.listMiddlewares();
assert.deepEqual(rows.map((r) => r.name), [...rows.map((r) => r.name)].sort());
const prompt = rows.find((r) => r.name === "systemPrompt");
assert.equal(prompt.schema.properties.prompt.type, "string");
assert.deepEqual(["version", "displayName", "description"].filter((key) => !(key in prompt)), []);
const extensions = gp.schemas.listExtensions();
assert.ok(extensions.some((r) => r.key === "middleware.systemprompt_config@v1" && r.schema.properties.instances));
assert.deepEqual(extensions.find((r) => r.key === "host.own@v1").schema, { type: "object", title: "of the host" });

// a new database is written without more ado; a profile that is none makes no registry
profiles.connectStack([ENV.NEW_DATABASE]);
assert.deepEqual(profiles.listRegistries(), []);
assert.throws(() => profiles.createProfile({ slug: "no slug!" }, { registrySlug: "mine" }));
assert.throws(() => profiles.createProfile({ slug: "x" }), { code: "PROFILE_REGISTRY_NOT_CONFIGURED" });
assert.deepEqual(profiles.listRegistries(), []);
assert.equal(profiles.createProfile({ slug: "fast" }, { registrySlug: "mine" }).metadata.version, 1);
const twice = assert.throws(() => profiles.createProfile({ slug: "fast" }, { registrySlug: "mine" }), { code: "VERSION_CONFLICT" });
assert.match(twice.nextStep, /of that name/);
profiles.disconnectStack();

// names of registries are compared as everywhere, and one that is none is refused before anything is written
profiles.connectStack([ENV.NEW_DATABASE]);
profiles.createProfile({ slug: "second" }, { registrySlug: " Mine " });
assert.throws(() => profiles.createProfile({ slug: "third" }, { registrySlug: "not a slug!" }), { code: "PROFILE_INVALID" });
assert.throws(() => profiles.createProfile({ slug: "third" }, { registrySlug: "other", write: { expectedVersion: 5 } }));
assert.deepEqual(profiles.listRegistries().map((r) => [r.slug, r.profile_count]), [["mine", 2]]);
profiles.disconnectStack();
