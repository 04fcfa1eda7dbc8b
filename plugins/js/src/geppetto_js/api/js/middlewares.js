// Middlewares: functions of the script and those of the host in one list, in the order in which they are written.
(internal) => {
  "use strict";
  const { check, copied, gp, invalid, isObject, isPlain, misuse, named, noOptions, oneOf, rethrow, upgrade, wrap } = internal;
  const AsyncFunction = (async () => {}).constructor;

  /** One entry of a list of middlewares; what only we read is not enumerable. */
  class Middleware {
    constructor(fields, hidden = {}) {
      Object.assign(this, fields);
      for (const [name, value] of Object.entries({ fn: undefined, ...hidden })) Object.defineProperty(this, name, { value });
      Object.freeze(this);
    }
  }
  noOptions.push(Middleware);

  const OPTIONS = { name: "string", mode: "string", timeoutMs: "ms", point: "string", cloneBefore: "boolean" };

  /** Read the options of a function: `cloneBefore` is the older way to say `mode: "copy"`. */
  function functionOptions(where, given) {
    const { cloneBefore, mode = cloneBefore ? "copy" : "mutate", point = "call", ...rest } = check(where, given, OPTIONS);
    return { ...rest, mode: oneOf("mode", mode, ["mutate", "copy"]), point: oneOf("point", point, ["run", "call"]) };
  }

  /** A middleware of the script; `order` says how its arguments stand, `origin` whose name it was made by. */
  function fromFunction(fn, given, order, origin) {
    if (typeof fn !== "function") throw misuse("middleware requires a function");
    const { name = fn.name || "js-middleware", ...options } = functionOptions("middleware options", typeof given === "string" ? { name: given } : given);
    const { mode } = options;
    const call = (ctx, turn, next, later) => invoke(fn, order, mode, ctx, turn, fn instanceof AsyncFunction ? later : next, later);
    return new Middleware({ type: "js", name: named(name, "middleware"), ...options }, { fn: call, source: fn, order, origin });
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
      const settled = (then) => (end) => {
        pending = undefined;
        return then(end);
      };
      const settling = (promise) => promise.then(settled(keep), settled(rethrow));
      try {
        const found = how(isObject(changed) ? changed : ctx, sent);
        return typeof found?.then === "function" ? (pending = settling(found)) : keep(found);
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

  /**
   * A middleware by name, the host's or one that the script has added; its config is checked where the session is made. One
   * of the host's that the script has replaced is still the host's here.
   */
  const host = (name, options) =>
    internal.plugins.middleware(name, options, { own: true }) ??
    new Middleware({ type: "host", name: named(name, "middleware"), ...(options === undefined ? {} : { options: copied(options) }) });

  const byName = (name, options) => internal.plugins.middleware(name, options) ?? host(name, options);

  /** Read one entry of a list: a middleware, a function, a name, or what a profile would say. */
  function use(entry, index) {
    if (entry instanceof Middleware) return entry;
    if (typeof entry === "function") return fromFunction(entry, undefined, "turn-first");
    if (typeof entry === "string") return byName(entry);
    const [name, { fn, ...rest }] = isPlain(entry) ? described(entry) : [undefined, {}];
    if (typeof fn === "function") return fromFunction(fn, { name, ...rest }, "ctx-first");
    if (typeof name === "string") return byName(name, configOf(name, fn === undefined ? rest : { fn, ...rest }));
    throw invalid(`unsupported middleware specification at index ${index}`, {
      subject: `middlewares/${index}`,
      nextStep: "pass a function, a name, or what gp.middleware makes",
    });
  }

  /** `{type: "logging", level}` says the name by `type`; a handle, and a function with its name, say there whose they are. */
  function described({ type, ...fields }) {
    const { name, id: _id, ...rest } = fields; // ids are for the patches of profiles
    const whose = ["js", "host"].includes(type) && (name !== undefined || fields.fn !== undefined);
    return typeof type === "string" && !whose ? [type, fields] : [name, rest];
  }

  /** The config: under its name, under `options`, or what stands beside the name. */
  function configOf(name, { config, options, ...rest }) {
    const settings = config ?? options;
    const [odd] = Object.keys(rest);
    if (settings === undefined) return odd === undefined ? undefined : rest;
    if (odd === undefined && (config === undefined || options === undefined)) return settings;
    throw invalid(`middleware ${name}: '${odd ?? "options"}' stands beside its config`, { subject: name, nextStep: "write it into the config" });
  }

  /** What goes over the border for a list of middlewares. */
  function lowered(list) {
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) throw invalid("middlewares must be an array");
    const uses = list.map(use);
    internal.guard("middlewares", uses.length);
    return uses.map((entry) => ({ ...entry, ...(entry.fn && { fn: entry.fn }) }));
  }

  const names = () => internal.plugins.middlewareNames();

  Object.assign(internal, { fromFunction, functionOptions, lowered, use });

  gp.middleware = Object.freeze({
    js: (fn, options) => fromFunction(fn, options, "ctx-first"),
    host,
    systemPrompt: (prompt) => host("systemPrompt", typeof prompt === "string" ? { prompt } : prompt),
    reorderToolResults: () => host("reorderToolResults"),
    logging: (options) => host("logging", options),
    names,
  });
  gp.middlewares = Object.freeze({
    fromJS: (fn, options) => fromFunction(fn, options, "turn-first"),
    host,
    go: host,
    names,
  });
};
