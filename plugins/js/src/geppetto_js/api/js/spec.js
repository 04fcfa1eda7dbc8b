// Whole applications as data: `fromSpec`, its export, and the small variants of the early documents.
(internal) => {
  "use strict";
  const { check, gp, invalid, isObject, op, Session } = internal;
  const VERSION = 1;
  const SPEC = { specVersion: "count", engine: "object", middlewares: "array", tools: "any", session: "object", name: "string", description: "string" };
  const migrations = new Map();

  /** Bring an older spec up to date, step by step; raise for one that nobody can read. */
  function migrated(spec, own = {}) {
    let found = structuredClone(withoutFunctions(spec));
    found = Object.assign(found, functionsOf(spec));
    let version = found.specVersion ?? VERSION;
    if (version > VERSION) {
      throw invalid(`specVersion ${version} is newer than ${VERSION}`, { subject: "specVersion", nextStep: "update geppetto-js" });
    }
    while (version < VERSION) {
      const step = own[version] ?? migrations.get(version);
      if (!step) throw invalid(`nobody can migrate specVersion ${version}`, { subject: "specVersion", nextStep: "give options.migrations" });
      found = step(found) ?? found;
      version += 1;
    }
    return { ...found, specVersion: VERSION };
  }

  const isPlain = (value) => !(isObject(value) && Object.values(value).some((inner) => typeof inner === "function"));
  const withoutFunctions = (spec) =>
    Object.fromEntries(Object.entries(spec).filter(([name, value]) => !["middlewares", "tools"].includes(name) && isPlain(value)));
  const functionsOf = (spec) => ({
    ...(spec.middlewares && { middlewares: [...spec.middlewares] }),
    ...(spec.tools !== undefined && { tools: spec.tools }),
  });

  /** An application made of a spec: sessions on demand, and the spec back again. */
  class App {
    #spec;
    #engine;
    constructor(spec) {
      this.#spec = check("spec", spec, SPEC);
      if (!isObject(this.#spec.engine)) throw invalid("spec: engine is missing", { subject: "engine" });
      const { tools, toolRegistry, loop } = toolsOf(this.#spec.tools);
      this.#engine = gp.createEngine({
        ...this.#spec.engine,
        middlewares: (this.#spec.middlewares ?? []).map(entry),
        ...(toolRegistry && { toolRegistry }),
        ...(tools && { tools: loop }),
      });
    }
    get name() {
      return this.#spec.name;
    }
    get engine() {
      return this.#engine;
    }
    session(options) {
      return gp.createSession({ ...this.#spec.session, ...options, engine: this.#engine });
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
     * Return the spec as JSON, without the keys and passwords that are in it; a function that has no registered name is
     * refused, for it cannot be written down.
     */
    toSpec() {
      const middlewares = (this.#spec.middlewares ?? []).map((each, index) => named(each, index));
      return op("withoutSecrets", JSON.parse(JSON.stringify({ ...this.#spec, specVersion: VERSION, middlewares })));
    }
  }

  function entry(given) {
    if (given?.type === "js" && typeof given.fn === "function") return gp.middleware.js(given.fn, { name: given.name ?? "js" });
    if (isObject(given) && typeof given.type === "string" && !(given instanceof internal.Middleware)) {
      const { type, ...config } = given;
      return { name: type, ...("config" in config ? config : { config }) };
    }
    return given;
  }

  function named(given, index) {
    const fn = typeof given === "function" || typeof given?.fn === "function";
    const name = given?.name;
    if (fn && !internal.plugins.middleware(name)) {
      throw invalid(`middlewares[${index}]: a function cannot be exported; register it by name`, {
        code: "GEPPETTO_JS_ENCODE_ERROR", subject: `middlewares/${index}`, nextStep: "gp.plugins.registerMiddleware(name, fn)",
      });
    }
    return fn ? { name } : given;
  }

  function toolsOf(tools) {
    if (tools === undefined || tools === null) return {};
    if (!isObject(tools) || tools instanceof internal.ToolRegistry) return { toolRegistry: registry(tools) };
    const { names, registry: own, ...loop } = tools;
    return { tools: true, loop, toolRegistry: own ?? (names ? registry(names) : undefined) };
  }

  function registry(tools) {
    if (tools instanceof internal.ToolRegistry) return tools;
    const made = gp.tools.createRegistry();
    for (const tool of tools) typeof tool === "string" ? made.useHostTools([tool]) : made.register(tool);
    return made;
  }

  gp.fromSpec = (spec, options) => {
    if (!isObject(spec)) throw new TypeError("fromSpec requires a spec object");
    const { migrations: own } = check("fromSpec options", options, { migrations: "object" });
    return new App(migrated(spec, own));
  };
  gp.fromSpec.version = VERSION;
  gp.fromSpec.registerMigration = (from, step) => {
    if (typeof step !== "function") throw new TypeError("registerMigration requires a function");
    migrations.set(from, step);
  };

  const engineOptions = (given) => {
    const { middlewares, jsMiddlewares, tools, ...engine } = given;
    return [engine, middlewares ?? [], jsMiddlewares ?? [], tools];
  };
  gp.runtime = (given = {}) => {
    const [engine, middlewares, own, tools] = engineOptions(given);
    const functions = own.map(({ name, fn, ...rest }) => gp.middleware.js(fn, { name, ...rest }));
    return gp.fromSpec({ engine, middlewares: [...middlewares, ...functions], ...(tools === undefined ? {} : { tools }) });
  };
  gp.session = (given = {}) => {
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
    if (!(builder instanceof internal.SessionBuilder)) throw new TypeError("buildRunner requires a builder");
    return new Runner(builder.clone());
  };
  const needsRunner = (runner) => {
    if (!(runner instanceof Runner)) throw new TypeError("run requires what buildRunner made");
    return runner;
  };
  gp.run = (runner, turn, options) => Runner.run(needsRunner(runner), turn, options);
  gp.start = (runner, turn, options) => Runner.start(needsRunner(runner), turn, options);
  internal.Session = Session;
};
