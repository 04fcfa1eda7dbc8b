// Options, hooks and listeners may be instances of classes: their methods count, and what can be no options is refused.
// parity: 28
const gp = require("geppetto");
const caught = (fn) => { try { fn(); } catch (error) { return error; } return assert.ok(false, "nothing was thrown"); };

const tools = gp.tools.createRegistry().register({ name: "t", handler: () => 1 });
const engine = gp.engines.fromFunction((turn) =>
  turn.blocks.at(-1).kind === "tool_use" ? turn.addBlock(gp.block.assistant(turn.blocks.at(-1).payload.error || "ran"))
    : turn.addBlock(gp.block.toolCall({ id: "c", name: "t", args: {} })));

// hooks: inherited ones too, with their own state
class Base { beforeToolCall() { this.calls += 1; return { abort: true, error: this.why }; } }
class Guard extends Base { calls = 0; why = "guarded"; #secret = 1; maxHookRetries = 3; }
const guard = new Guard();
for (const how of [{ toolHooks: guard }, { toolLoop: { hooks: guard } }, { toolConfig: { hooks: guard } }]) {
  assert.equal(gp.createSession({ engine, tools, ...how }).run("x").text(), "guarded");
}
assert.equal(guard.calls, 3);
const plain = { why: undefined, beforeToolCall() { return { abort: true, error: "of the object" }; } };
assert.equal(caught(() => gp.createSession({ engine, tools, toolHooks: plain })).message, "toolHooks: there is no option 'why'; known: beforeToolCall, afterToolCall, onToolError, hookErrorPolicy, onHookError, failOpen, maxHookRetries");
class Other { beforeCall() {} }
const nothing = caught(() => gp.createSession({ engine, tools, toolHooks: new Other() }));
assert.deepEqual([nothing.code, nothing.message], ["GEPPETTO_JS_INVALID_OPTION", "toolHooks: Other has none of the options"]);
assert.match(nothing.nextStep, /^known: beforeToolCall/);

// listeners by type, and `onEvent` beside them
class Listeners { seen = []; event() { this.seen.push("event"); } "run-started"() { this.seen.push("started"); } done() { this.seen.push("done"); } }
const on = new Listeners();
let more = 0;
gp.createSession({ engine: gp.engines.echo() }).run("x", { on, onEvent: () => { more += 1; } });
assert.deepEqual([on.seen.slice(0, 2), on.seen.at(-1), more], [["started", "event"], "done", on.seen.filter((word) => word === "event").length]);
class Tap { texts = []; onTurnBeforeConversion(yaml) { this.texts.push(yaml); } }
gp.createSession({ engine: gp.engines.echo() }).run("x", { debugTap: new Tap() });
class Tool { k = 5; handler() { return this.k; } }
assert.equal(gp.tools.createRegistry().registerTool("t", new Tool()).call("t"), 5);
class Options { engine = gp.engines.echo({ reply: "by class" }); extra = 1; persister() { this.stored = true; } }
const options = new Options();
assert.equal(gp.createSession(options).run("x").text(), "by class");
assert.equal(options.stored, true);

// promises, dates, maps and handles of ours are no options
const session = gp.createSession({ engine: gp.engines.echo() });
for (const [given, name] of [[Promise.resolve(), "Promise"], [new Date(), "Date"], [new Map(), "Map"], [new Error("x"), "Error"], [[], "array"], ["text", "string"], [gp.engines.echo(), "Engine"]]) {
  const error = caught(() => session.run("x", given));
  assert.deepEqual([error.code, error.message], ["GEPPETTO_JS_INVALID_OPTION", `run options must be an object, got ${name}`]);
}
assert.match(caught(() => session.run("x", { tags: new Map() })).message, /tags: expected object, got Map/);
assert.match(caught(() => gp.createSession({ engine, toolHooks: Promise.resolve() })).message, /toolHooks: expected object, got Promise/);
assert.match(caught(() => gp.createEngine(gp.engines.echo())).message, /must be an object, got Engine/);
