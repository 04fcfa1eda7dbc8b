// Engines: by provider, from settings, from functions; builders; what is refused.
// parity: 2, 8, 10, 11, 17, 18, 19, 23, 26, 27, 32, 34, 39, 40, 41, 42, 80, 81, 133, 134, 135, 136, 137, 149, 150, 160, 161
// parity: 162, 163, 184, 225, 241, 262, 270
const gp = require("geppetto");

assert.equal(gp.engines.echo().run("x").text(), "READY");
const custom = gp.engines.fromFunction((turn, ctx) => { assert.ok(ctx.sessionId); return "text"; }, { name: "mine" });
assert.deepEqual([custom.name, custom.run("x").text()], ["mine", "text"]);
assert.equal(gp.engines.fromFunction((turn) => { turn.addBlock(gp.block.assistant("edited")); }).run("x").text(), "edited");

// providers by name; no key is needed to make one
for (const provider of ["openai", "openai_responses", "openai-responses", "claude", "gemini"]) {
  const engine = gp.createEngine({ provider, overrides: { model: "m", temperature: 0.2, apiKey: "k" } });
  assert.equal(engine.provider, provider);
  assert.equal(typeof engine.id, "string");
}
assert.equal(gp.engines.fromConfig({ model: "gpt-4o-mini", timeoutMs: 1000, maxTokens: 5, temperature: 0.1 }).name, "config");
assert.equal(gp.engines.openai({ model: "gpt-4.1-mini" }).provider, "openai");
assert.equal(gp.engines.fromConfig({ model: "claude-x" }).provider, "claude");
assert.equal(gp.engines.fromConfig({ model: "o3-mini" }).provider, "openai-responses");
assert.equal(gp.createEngine({ provider: "openai_responses", profile: "4o-mini" }).provider, "openai_responses");

const unknown = assert.throws(() => gp.createEngine({ provider: "opnai" }), /openai/);
assert.deepEqual([unknown.code, unknown.subject], ["ENGINE_NOT_FOUND", "opnai"]);
assert.ok(unknown.nextStep);
assert.throws(() => gp.createEngine({ provider: "openai", overrides: { modle: "x" } }), { code: "GEPPETTO_JS_INVALID_OPTION", message: /did you mean model\?/ });
assert.throws(() => gp.engines.fromConfig({ temprature: 1 }), /did you mean temperature\?/);
assert.throws(() => gp.createEngine({ provider: "openai", settings: { nope: 1 } }), /nope/);
assert.throws(() => gp.createEngine({}), /missing provider/);
assert.throws(() => gp.engines.fromConfig(), /fromConfig requires options object/);

// engine-level middlewares and tools, functional and fluent
const shout = gp.middleware.js((ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += "!"; return out; });
const engine = gp.createEngine({ provider: "echo", settings: { reply: "hi" }, middlewares: [gp.middleware.systemPrompt("s"), shout], tools: { enabled: true, maxIterations: 5, maxParallelTools: 2, toolChoice: "auto" } });
assert.equal(engine.run("x").text(), "hi!");
assert.equal(engine.buildSession().run("x").blocks[0].payload.text, "s");

const builder = gp.engineBuilder().provider("echo").settings({ settings: { reply: "b" } }).use(shout).middleware(shout)
  .tools({ enabled: true, maxIterations: 2 }).toolRegistry(gp.tools.createRegistry()).maxIterations(3);
const open = builder.clone();
assert.equal(builder.build().run("x").text(), "b!!");
assert.throws(() => builder.use(shout), { code: "BUILDER_FROZEN" });
assert.equal(open.use(shout).build().run("x").text(), "b!!!");
assert.throws(() => gp.createSession({ engine: open }), /expected engine reference/);
assert.throws(() => gp.createSession({ engine: { name: "x" } }), /expected engine reference/);
assert.throws(() => gp.engineBuilder().build(), /missing provider/);
(async () => assert.equal((await engine.runAsync("x")).text(), "hi!"))();
