// What a script registers under names of its own: middlewares and engine factories; and the guard on how much it may.
(internal) => {
  "use strict";
  const { check, gp, host, invalid, misuse, op } = internal;
  // by plain name: the entries have the names as they were written
  const middlewares = new Map();
  const engines = new Map();

  /** Ask the host's policy; it keeps the audit of registrations too. */
  internal.guard = (what, amount) => op("guard", what, amount);

  /** Names compare as the host's do: without case and dashes. */
  const plainName = (name) => String(name).replace(/[-_]/g, "").toLowerCase();
  const namesOf = (table) => [...table.values()].map((entry) => entry.name);
  const withHosts = (table, hosts) => [...op(hosts), ...[...table.values()].filter((entry) => !entry.hosts).map((entry) => entry.name)].sort();

  internal.plugins = {
    middlewareNames: () => withHosts(middlewares, "middlewareNames"),
    engineNames: () => withHosts(engines, "engineNames"),
    /** The script's middleware of a name; with `own`, only one that does not replace the host's. */
    middleware(name, config, { own = false } = {}) {
      const entry = middlewares.get(plainName(name));
      return entry && !(own && entry.hosts) ? made(entry, config) : undefined;
    },
    engine(name) {
      const entry = engines.get(plainName(name));
      return entry && ((settings) => wrapEngine(entry.name, entry.fn(settings)));
    },
    /** How a middleware can be written down, so that reading it gives the same one; undefined where it cannot. */
    written({ name, origin, source, order, ...about }) {
      if (origin && middlewares.get(plainName(name)) === origin.entry) {
        return { name, ...(origin.config === undefined ? {} : { config: origin.config }) };
      }
      const like = ({ mode, point, timeoutMs }) => JSON.stringify([mode, point, timeoutMs]);
      const same = [...middlewares.values()].filter(
        (entry) => !entry.factory && entry.fn === source && order === "ctx-first" && like(entry.options) === like(about),
      );
      const found = same.find((entry) => entry.name === name) ?? same[0];
      return found && { name: found.name };
    },
  };

  function made(entry, config) {
    const { name, fn, factory, options } = entry;
    if (!factory && config && Object.keys(config).length) {
      throw invalid(`middleware ${name} takes no config`, { subject: name, nextStep: "register a function of the config with {factory: true}" });
    }
    return internal.fromFunction(factory ? fn(config ?? {}) : fn, { ...options, name }, "ctx-first", { entry, config: internal.copied(config) });
  }

  function wrapEngine(name, made) {
    if (made instanceof internal.Engine) return made;
    const fn = typeof made === "function" ? made : made?.run?.bind(made);
    if (typeof fn !== "function") throw misuse(`the engine factory ${name} must return an engine, a function or an object with run`);
    return internal.engineFunction(fn);
  }

  function add(table, kind, entry, replace) {
    const { name } = entry;
    const key = plainName(internal.named(name, kind));
    const hosts = op(table === middlewares ? "middlewareNames" : "engineNames").some((known) => plainName(known) === key);
    if ((table.has(key) || hosts) && !replace) {
      const whose = table.has(key) ? "registered already" : "the host's";
      throw invalid(`a ${kind} '${table.get(key)?.name ?? name}' is ${whose}`, { subject: name, nextStep: "pass {replace: true}" });
    }
    op("audit", kind, name);
    table.set(key, { ...entry, hosts });
  }

  gp.plugins = Object.freeze({
    registerMiddleware(name, fn, options) {
      if (typeof fn !== "function") throw misuse("registerMiddleware requires a function");
      const where = "registerMiddleware options";
      const { replace = false, factory = false, ...rest } = check(where, options, {
        replace: "boolean", factory: "boolean", mode: "string", cloneBefore: "boolean", timeoutMs: "ms", point: "string",
      });
      add(middlewares, "middleware", { name, fn, factory, options: internal.functionOptions(where, rest) }, replace);
    },
    registerEngineFactory(name, fn, options) {
      if (typeof fn !== "function") throw misuse("registerEngineFactory requires a function");
      const { replace = false } = check("registerEngineFactory options", options, { replace: "boolean" });
      add(engines, "engine factory", { name, fn }, replace);
    },
    list: () => ({ middlewares: namesOf(middlewares), engineFactories: namesOf(engines), host: host.pluginRows() }),
  });
};
