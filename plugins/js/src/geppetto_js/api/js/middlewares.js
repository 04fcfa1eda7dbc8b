// Middlewares: functions of the script and those of the host in one list, in the order in which they are written.
(internal) => {
  "use strict";
  const { check, gp, invalid, isObject, op, rethrow, upgrade, wrap } = internal;
  const AsyncFunction = (async () => {}).constructor;

  /** One entry of a list of middlewares. */
  class Middleware {
    constructor(fields) {
      Object.assign(this, fields);
      Object.defineProperty(this, "fn", { value: fields.fn, enumerable: false });
      Object.freeze(this);
    }
  }

  const NAME = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/;

  function named(name, what) {
    if (typeof name !== "string" || !NAME.test(name)) {
      throw invalid(`${what} name ${JSON.stringify(name)} is not usable`, {
        subject: String(name),
        nextStep: "use letters, digits and _ . : / -, beginning with a letter",
      });
    }
    return name;
  }

  const OPTIONS = { name: "string", mode: "string", timeoutMs: "ms", point: "string", cloneBefore: "boolean" };

  /** A middleware of the script; `order` says how its arguments stand (choices 2). */
  function fromFunction(fn, given, order) {
    if (typeof fn !== "function") throw new TypeError("middleware requires a function");
    const options = check("middleware options", typeof given === "string" ? { name: given } : given, OPTIONS);
    const mode = options.mode ?? (options.cloneBefore ? "copy" : "mutate");
    if (!["mutate", "copy"].includes(mode)) throw invalid(`invalid mode "${mode}", expected one of: mutate, copy`);
    if (!["run", "call"].includes(options.point ?? "call")) {
      throw invalid(`invalid point "${options.point}", expected one of: run, call`);
    }
    return new Middleware({
      type: "js",
      name: named(options.name ?? (fn.name || "js-middleware"), "middleware"),
      mode,
      point: options.point ?? "call",
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      fn: (ctx, turn, next, later) => invoke(fn, order, mode, ctx, turn, fn instanceof AsyncFunction ? later : next, later),
    });
  }

  /** Run a middleware once. `next` blocks, `later` gives a promise: an async function gets that one. */
  function invoke(fn, order, mode, ctx, given, next, later) {
    const turn = wrap(given);
    // in mode `copy` a script changes clones, and what goes on is what it passes to `next` and what it returns
    const shown = (value) => (mode === "copy" ? wrap(value)?.clone() : wrap(value));
    const own = shown(given);
    let last, pending;
    const callWith = (how) => (...args) => {
      const [changed, sent] = picked(args, turn);
      const keep = (result) => shown((last = wrap(result)));
      try {
        const found = how(isObject(changed) ? changed : ctx, sent);
        return typeof found?.then === "function" ? (pending = found.then(keep, rethrow)) : keep(found);
      } catch (error) {
        throw upgrade(error);
      }
    };
    const proceed = Object.assign(callWith(next), { async: callWith(later) });
    const result = order === "turn-first" ? fn(own, proceed, ctx) : fn(ctx, own, proceed);
    // who gives nothing back means what `next` gave, also when it was not awaited
    const finish = (value) => value ?? (pending ? pending.then(() => last ?? turn) : (last ?? turn));
    return typeof result?.then === "function" ? Promise.resolve(result).then(finish) : finish(result);
  }

  /** `next()`, `next(turn)` and `next(ctx, turn)` are all understood. */
  function picked(args, own) {
    if (args.length >= 2) return [args[0], args[1] ?? own];
    if (args.length === 1 && isObject(args[0]) && !Array.isArray(args[0].blocks)) return [args[0], own];
    return [undefined, args[0] ?? own];
  }

  /** A middleware of the host, by name; its config is checked where the session is made. */
  const host = (name, options) =>
    new Middleware({ type: "host", name: named(name, "middleware"), ...(options === undefined ? {} : { options }) });

  /** Read one entry of a list: a middleware, a function, a name, or what a profile would say. */
  function use(entry, index) {
    if (entry instanceof Middleware) return entry;
    if (typeof entry === "function") return fromFunction(entry, undefined, "turn-first");
    if (typeof entry === "string") return internal.plugins.middleware(entry) ?? host(entry);
    if (isObject(entry) && typeof entry.fn === "function") return fromFunction(entry.fn, { name: entry.name }, "ctx-first");
    const name = entry?.name ?? entry?.type;
    if (isObject(entry) && typeof name === "string") {
      const { name: _name, type: _type, config, options, ...rest } = entry;
      const settings = config ?? options ?? (Object.keys(rest).length ? rest : undefined);
      return internal.plugins.middleware(name, settings) ?? host(name, settings);
    }
    throw invalid(`unsupported middleware specification at index ${index}`, {
      subject: `middlewares/${index}`,
      nextStep: "pass a function, a name, or what gp.middleware makes",
    });
  }

  /** What goes over the border for a list of middlewares. */
  function lowered(list) {
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) throw invalid("middlewares must be an array");
    const uses = list.map(use);
    internal.guard("middlewares", uses.length);
    return uses.map((entry) => ({ ...entry, ...(entry.fn ? { fn: entry.fn } : {}) }));
  }

  Object.assign(internal, { Middleware, named, lowered, use });

  gp.middleware = Object.freeze({
    js: (fn, options) => fromFunction(fn, options, "ctx-first"),
    host,
    systemPrompt: (prompt) => host("systemPrompt", typeof prompt === "string" ? { prompt } : prompt),
    reorderToolResults: () => host("reorderToolResults"),
    logging: (options) => host("logging", options),
    names: () => op("middlewareNames"),
  });
  gp.middlewares = Object.freeze({
    fromJS: (fn, options) => fromFunction(fn, options, "turn-first"),
    host,
    go: host,
    names: () => op("middlewareNames"),
  });
};
