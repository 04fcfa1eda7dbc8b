// Whole applications as data: `fromSpec`, its export, and the small variants of the early documents.
(internal) => {
  "use strict";
  const { check, copied, defined, gp, invalid, isObject, isPlain, kindOf, misuse, need, op, Session } = internal;
  const AsyncFunction = (async () => {}).constructor;
  const VERSION = 1;
  const SPEC = { specVersion: "count", engine: "object", middlewares: "array", tools: "any", session: "object", name: "string", description: "string" };
  const migrations = new Map();

  /** Check a migration: a spec is read at once, so that none may be async. */
  function checkMigration(where, from, step) {
    need(where, "from", from, "count");
    need(where, `the step from ${from}`, step, "function");
    if (!(step instanceof AsyncFunction)) return;
    throw misuse(`${where}: the step from ${from} is async`, { subject: String(from), nextStep: "wait before, and give the spec then" });
  }

  /** Bring an older spec up to date, step by step; raise for one that nobody can read. */
  function migrated(spec, own) {
    let found = copied(spec);
    let { specVersion: version = VERSION } = check("spec", { specVersion: found.specVersion }, { specVersion: "count" });
    if (version > VERSION) {
      throw invalid(`specVersion ${version} is newer than ${VERSION}`, { subject: "specVersion", nextStep: "update geppetto-js" });
    }
    for (; version < VERSION; version += 1) {
      const step = own[version] ?? migrations.get(version);
      if (typeof step !== "function") {
        throw invalid(`nobody can migrate specVersion ${version}`, { subject: "specVersion", nextStep: "give options.migrations" });
      }
      found = step(found) ?? found;
      if (!isPlain(found)) throw invalid(`the migration of specVersion ${version} must return a spec, got ${kindOf(found)}`, { subject: "specVersion" });
    }
    return { ...found, specVersion: VERSION };
  }

  /** An application made of a spec: sessions on demand, and the spec back again. */
  class App {
    #spec;
    #engine;
    #session;
    constructor(spec) {
      this.#spec = check("spec", spec, SPEC);
      this.#session = internal.sessionOptions("spec.session", this.#spec.session);
      this.#engine = gp.createEngine(engineOptions(this.#spec));
    }
    get name() {
      return this.#spec.name;
    }
    get engine() {
      return this.#engine;
    }
    session(options) {
      return this.#engine.buildSession({ ...this.#session, ...internal.sessionOptions("session options", options) });
    }
    run(turn, options) {
      return this.session().run(turn, options);
    }
    runAsync(turn, options) {
      return this.session().start(turn, options);
    }
    ask(prompt, options) {
      return this.session().ask(prompt, options);
    }
    /**
     * Return the spec as JSON, without the keys and passwords that are in it; what cannot be written down is refused: a
     * function that has no registered name, a registry, a collector.
     */
    toSpec() {
      return op("withoutSecrets", written({ ...this.#spec, specVersion: VERSION }, ""));
    }
  }

  /** What the engine of a spec is made of: its own options, and what the spec says beside them. */
  function engineOptions({ engine, middlewares = [], tools }) {
    if (!isObject(engine)) throw invalid("spec: engine is missing", { subject: "engine" });
    const given = check("spec.engine", engine, internal.ENGINE);
    const { toolRegistry = given.toolRegistry, loop } = toolsOf(tools);
    return defined({
      ...given,
      middlewares: [...(given.middlewares ?? []), ...middlewares],
      toolRegistry,
      toolLoop: loop && { ...given.toolLoop, ...loop },
    });
  }

  function toolsOf(tools) {
    if (tools === undefined) return {};
    if (!isPlain(tools)) return { toolRegistry: internal.registryOf(tools) };
    const { names, registry, ...loop } = tools;
    if (names && registry) throw invalid("spec: tools: give names or a registry, not both", { subject: "tools" });
    return { toolRegistry: internal.registryOf(names ?? registry), loop: internal.toolSettings("spec.tools", loop) };
  }

  /** A part of a spec as data; `place` is where it stands. */
  function written(value, place) {
    if (Array.isArray(value)) {
      const entry = place.endsWith("middlewares") ? writtenUse : written;
      return value.map((inner, index) => entry(inner, `${place}[${index}]`));
    }
    if (isPlain(value)) {
      const named = Object.entries(value).filter(([, inner]) => inner !== undefined);
      return Object.fromEntries(named.map(([name, inner]) => [name, written(inner, place ? `${place}.${name}` : name)]));
    }
    if (value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value)) return value;
    throw unwritable(place, `${kindOf(value)} cannot be exported`, "leave it out, and give it to app.session()");
  }

  /** A middleware as data: one of the script by the name under which the same function is registered. */
  function writtenUse(given, place) {
    const isData = typeof given === "string" || (isPlain(given) && typeof given.fn !== "function");
    if (isData) return written(given, place);
    const found = internal.use(given);
    if (found.type === "host") return written(defined({ name: found.name, config: found.options }), place);
    const known = internal.plugins.written(found);
    if (known) return written(known, place);
    throw unwritable(place, "a function cannot be exported; register it by name", "gp.plugins.registerMiddleware(name, fn, options)");
  }

  const unwritable = (place, message, nextStep) =>
    invalid(`${place}: ${message}`, { code: "GEPPETTO_JS_ENCODE_ERROR", phase: "encode", subject: place.replace(/\[(\d+)\]/g, "/$1"), nextStep });

  gp.fromSpec = (spec, options) => {
    if (!isPlain(spec)) throw misuse(`fromSpec requires a spec object, got ${kindOf(spec)}`);
    const { migrations: own = {} } = check("fromSpec options", options, { migrations: "object" });
    for (const [from, step] of Object.entries(own)) checkMigration("fromSpec migrations", Number(from), step);
    return new App(migrated(spec, own));
  };
  gp.fromSpec.version = VERSION;
  gp.fromSpec.registerMigration = (from, step) => {
    checkMigration("registerMigration", from, step);
    migrations.set(from, step);
  };

  const RUNTIME = { ...internal.ENGINE, jsMiddlewares: "array" };
  gp.runtime = (given) => {
    const { middlewares = [], jsMiddlewares = [], tools, ...engine } = check("runtime options", given, RUNTIME);
    const functions = jsMiddlewares.map((each) => {
      const { fn, ...options } = each ?? {};
      return gp.middleware.js(fn, options);
    });
    return gp.fromSpec({ engine, middlewares: [...middlewares, ...functions], tools });
  };
  gp.session = (given = {}) => {
    if (!isObject(given)) throw misuse(`session requires options object, got ${kindOf(given)}`);
    if (given.engine) return gp.createSession(given);
    const { sessionId, ...engine } = given;
    return gp.createSession({ engine: gp.createEngine(engine), ...(sessionId && { sessionId }) });
  };

  /** A runner is a session factory: each run starts from the given turn alone. */
  class Runner {
    #builder;
    constructor(builder) {
      this.#builder = builder;
    }
    static run(runner, turn, options) {
      return runner.#builder.buildSession().run(turn, options);
    }
    static start(runner, turn, options) {
      return runner.#builder.buildSession().start(turn, options);
    }
  }
  gp.newBuilder = (options) =>
    isObject(options) && (options.provider || options.profile)
      ? gp.createBuilder().withEngine(gp.createEngine(options))
      : gp.createBuilder(options);
  gp.buildRunner = (builder) => {
    if (!(builder instanceof internal.SessionBuilder)) throw misuse("buildRunner requires a builder");
    return new Runner(builder.clone());
  };
  const needsRunner = (runner) => {
    if (!(runner instanceof Runner)) throw misuse("run requires what buildRunner made");
    return runner;
  };
  gp.run = (runner, turn, options) => Runner.run(needsRunner(runner), turn, options);
  gp.start = (runner, turn, options) => Runner.start(needsRunner(runner), turn, options);
  internal.Session = Session;
};
