// Misuse: whatever a function of the module is given, it works or says with a code of ours what is wrong.
const gp = require("geppetto");
const { GeppettoError } = gp.errors;

// wrong kinds are TypeErrors, as in the language, and ours as well
const wrong = assert.throws(() => gp.session(null), { code: "GEPPETTO_JS_INVALID_OPTION", message: /expected|requires/ });
assert.ok(wrong instanceof TypeError && wrong instanceof GeppettoError && gp.errors.is(wrong));
assert.ok(!(wrong instanceof gp.errors.GeppettoFactoryError) && !(new TypeError("x") instanceof GeppettoError));

const session = gp.createSession({ engine: "echo" });
const tools = gp.tools.createRegistry().register({ name: "t", handler: (args) => args });
const cases = [
  [() => tools.useHostTools([1]), /array of names/],
  [() => tools.call("t", [1, 2]), /arguments: expected an object, got array/],
  [() => tools.call("t", Promise.resolve({})), /arguments: expected an object, got Promise/],
  [() => session.turnsRange("x"), /start: expected a whole number, got string/],
  [() => session.approve(), /callId: expected string, got undefined/],
  [() => session.answer({}), /callId: expected string, got object/],
  [() => gp.createStepController().enable(), /needs a session/],
  [() => gp.profiles.connectStack(""), /requires sources/],
  [() => gp.block.toolCall(null), /needs id and name/],
  [() => gp.turn().build().data.set(Symbol("s"), 1), /a key is a text/],
  [() => gp.turn().build().data.set("n", 1n), /not serializable/],
];
for (const [run, message] of cases) assert.throws(run, { message, code: /^GEPPETTO_JS_/ });

const made = () => ({
  gp, turns: gp.turns, block: gp.block, keys: gp.keys, middleware: gp.middleware, middlewares: gp.middlewares, tools: gp.tools,
  events: gp.events, engines: gp.engines, profiles: gp.profiles, factories: gp.factories, plugins: gp.plugins, builder: gp.turn(),
  turn: gp.turn().user("a").build(), meta: gp.turn().build().meta, data: gp.turn().build().data, registry: gp.tools.createRegistry(),
  collector: gp.events.collector(), engine: gp.engines.echo(), engineBuilder: gp.engineBuilder(), sessions: gp.createBuilder(),
  session: gp.createSession({ engine: "echo" }), steps: gp.createStepController(), app: gp.fromSpec({ engine: { provider: "echo" } }),
  patch: gp.factories.middlewarePatch(), factory: gp.factories.createEngineFactory(), embeddings: gp.embeddings({ provider: "openai", apiKey: "k" }),
});
const given = [
  [], [null], [42], ["x"], ["x", 42], [{}], [{ nope: 1 }], [[1]], [() => 1], [Promise.resolve("x")], ["x", null], ["x", () => 1],
  [Symbol("s")], [10n], [NaN], [new Map()], [""], ["__proto__", 1], ["x", { timeoutMs: -1 }],
];
const dials = new Set(["embed", "embedBatch", "embedAsync", "embedBatchAsync", "embedWithCallback"]);

function members(object) {
  const found = new Set(Object.keys(object));
  for (let at = Object.getPrototypeOf(object); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) found.add(name);
  }
  return [...found].filter((name) => name !== "constructor" && typeof object[name] === "function" && !/^[A-Z]/.test(name));
}

(async () => {
  for (const [where, object] of Object.entries(made())) {
    for (const name of members(object)) {
      for (const args of given) {
        if (dials.has(name) && typeof args[0] === "string") continue; // it would call the provider
        const label = `${where}.${name}(${args.map((arg) => typeof arg)})`;
        try {
          await Promise.race([made()[where][name](...args), sleep(5)]);
        } catch (error) {
          assert.equal(typeof error.code, "string", `${label}: ${error.name}: ${error.message}`);
        }
      }
    }
  }
})();
