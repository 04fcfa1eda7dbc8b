// What a script registers under names of its own: middlewares and engine factories; and the guard on how much it may.
(internal) => {
  "use strict";
  const { check, gp, host, invalid, op } = internal;
  const middlewares = new Map();
  const engines = new Map();

  /** Ask the host's policy; it keeps the audit of registrations too. */
  internal.guard = (what, amount) => op("guard", what, amount);

  internal.plugins = {
    middleware(name, config) {
      const make = middlewares.get(name);
      return make && gp.middleware.js(make.factory ? make.fn(config ?? {}) : make.fn, { ...make.options, name });
    },
    engine(name) {
      const factory = engines.get(name);
      return factory && ((settings) => wrapEngine(name, factory(settings)));
    },
  };

  function wrapEngine(name, made) {
    if (made instanceof internal.Engine) return made;
    const fn = typeof made === "function" ? made : made?.run?.bind(made);
    if (typeof fn !== "function") throw new TypeError(`the engine factory ${name} must return an engine, a function or an object with run`);
    return internal.engineFunction(fn);
  }

  /** The host's names compare without case and dashes. */
  const plainName = (name) => name.replace(/[-_]/g, "").toLowerCase();
  const same = (one, other) => plainName(one) === plainName(other);

  function add(table, kind, name, entry, replace) {
    if (typeof name !== "string" || !/^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/.test(name)) {
      throw invalid(`${kind} name ${JSON.stringify(name)} is not usable`, { subject: String(name), nextStep: "for example acme.trim" });
    }
    const hosts = op(table === middlewares ? "middlewareNames" : "engineNames").some((known) => same(known, name));
    if ((table.has(name) || hosts) && !replace) {
      const whose = table.has(name) ? "registered already" : "the host's";
      throw invalid(`a ${kind} '${name}' is ${whose}`, { subject: name, nextStep: "pass {replace: true}" });
    }
    op("audit", kind, name);
    table.set(name, entry);
  }

  gp.plugins = Object.freeze({
    registerMiddleware(name, fn, options) {
      if (typeof fn !== "function") throw new TypeError("registerMiddleware requires a function");
      const { replace = false, factory = false, ...rest } = check("registerMiddleware options", options, {
        replace: "boolean", factory: "boolean", mode: "string", timeoutMs: "ms", point: "string",
      });
      add(middlewares, "middleware", name, { fn, factory, options: rest }, replace);
    },
    registerEngineFactory(name, fn, options) {
      if (typeof fn !== "function") throw new TypeError("registerEngineFactory requires a function");
      const { replace = false } = check("registerEngineFactory options", options, { replace: "boolean" });
      add(engines, "engine factory", name, fn, replace);
    },
    list: () => ({ middlewares: [...middlewares.keys()], engineFactories: [...engines.keys()], host: host.pluginRows() }),
  });
};
