// Options: every function says which it takes; one that does not exist or does not fit is refused with the nearest name.
(internal) => {
  "use strict";
  const { host, invalid } = internal;

  const { entries, fromEntries, getPrototypeOf, hasOwn, keys, prototype } = Object;

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  /** Written as `{...}`, not an instance of a class. */
  function isPlain(value) {
    if (!isObject(value)) return false;
    const above = getPrototypeOf(value);
    return above === prototype || above === null;
  }
  /** Classes whose instances are never options, though they may have a `name` or a `provider`. */
  const noOptions = [Promise, Date, Map, Set, WeakMap, WeakSet, RegExp, Error, ArrayBuffer];
  const isOptions = (value) =>
    isPlain(value) || (isObject(value) && !ArrayBuffer.isView(value) && !noOptions.some((type) => value instanceof type));
  const kindOf = (value) => {
    if (value === null) return "null";
    if (Array.isArray(value)) return "array";
    return isObject(value) && !isPlain(value) ? (value.constructor?.name ?? "object") : typeof value;
  };

  const fits = {
    any: () => true,
    string: (value) => typeof value === "string",
    number: (value) => typeof value === "number" && Number.isFinite(value),
    amount: (value) => typeof value === "number" && value >= 0 && value < Infinity,
    count: (value) => Number.isInteger(value) && value >= 0,
    some: (value) => Number.isInteger(value) && value >= 1,
    integer: (value) => Number.isInteger(value),
    boolean: (value) => typeof value === "boolean",
    object: isOptions,
    array: Array.isArray,
    function: (value) => typeof value === "function",
    ms: (value) => typeof value === "number" && value >= 0 && value < Infinity,
    duration: (value) => (typeof value === "number" && value >= 0) || (typeof value === "string" && milliseconds(value) !== null),
  };
  const shown = { ms: "a number of milliseconds of at least 0", duration: 'milliseconds or a text such as "30s"', amount: "a number of at least 0", count: "a whole number of at least 0", some: "a whole number of at least 1", integer: "a whole number" };

  /**
   * Return a copy of the options without those that are undefined; `shape` says what each may be. An instance of a class is
   * asked for the names of the shape, its other fields are its own; methods stay bound to what they were given on.
   */
  function check(where, given, shape) {
    if (given === undefined || given === null) return {};
    if (!isOptions(given)) throw invalid(`${where} must be an object, got ${kindOf(given)}`, { subject: where });
    const found = {};
    for (const name of namesIn(where, given, shape)) {
      const value = given[name];
      if (value === undefined || value === null) continue;
      const kinds = shape[name].split("|");
      if (!kinds.some((kind) => fits[kind](value))) throw misfit(where, name, value, kinds);
      found[name] = typeof value === "function" ? value.bind(given) : value;
    }
    return found;
  }

  /** The names that are given; one that nobody reads is refused, and an instance that has none of those that somebody does. */
  function namesIn(where, given, shape) {
    const [own, known] = [keys(given), keys(shape)];
    if (isPlain(given)) {
      const odd = own.find((name) => !hasOwn(shape, name));
      if (odd !== undefined) throw unknown(where, odd, known);
      return own;
    }
    const names = known.filter((name) => given[name] !== undefined);
    if (names.length) return names;
    throw invalid(`${where}: ${kindOf(given)} has none of the options`, { subject: where, nextStep: `known: ${known.join(", ")}` });
  }

  /** Return an argument that is of a kind; raise for another one. */
  function need(where, name, value, kind) {
    if (fits[kind](value)) return value;
    throw internal.misuse(misfit(where, name, value, [kind]).message, { subject: name });
  }

  const NAME = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/;

  /** Return a name that profiles, messages and providers can carry; raise for another one. */
  function named(name, what) {
    if (typeof name !== "string" || !NAME.test(name)) {
      throw invalid(`${what} name ${typeof name === "string" ? JSON.stringify(name) : kindOf(name)} is not usable`, {
        subject: String(name),
        nextStep: "use letters, digits and _ . : / -, beginning with a letter",
      });
    }
    return name;
  }

  /** Return one of the known words, or what stands for none; raise for another. */
  function oneOf(where, given, words) {
    if (given === undefined || words.includes(given)) return given;
    throw invalid(`invalid ${where} ${JSON.stringify(given)}, expected one of: ${words.join(", ")}`, { subject: where });
  }

  function unknown(where, name, known) {
    const guess = host.nearest(name, known);
    const hint = guess ? `did you mean ${guess}?` : `known: ${known.join(", ")}`;
    return invalid(`${where}: there is no option '${name}'; ${hint}`, { subject: name, nextStep: hint });
  }

  function misfit(where, name, value, kinds) {
    if (kinds.includes("ms") && typeof value === "number") {
      return invalid(`${where}: ${name} must be a finite number >= 0, got ${value}`, { subject: name, nextStep: "0 means none" });
    }
    const wanted = kinds.map((kind) => shown[kind] ?? kind).join(" or ");
    return invalid(`${where}: ${name}: expected ${wanted}, got ${typeof value === "number" ? value : kindOf(value)}`, { subject: name });
  }

  /** A copy of objects and arrays, all the way down; functions and instances of classes stay who they are. */
  function copied(value, inside = []) {
    if (!isPlain(value) && !Array.isArray(value)) return value;
    if (inside.includes(value)) throw invalid("an object contains itself", { nextStep: "write it out: plain data has an end" });
    const copy = (inner) => copied(inner, [...inside, value]);
    return Array.isArray(value) ? value.map(copy) : fromEntries(entries(value).map(([name, inner]) => [name, copy(inner)]));
  }

  const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

  /** Read `1m30s` as milliseconds; a number is milliseconds already; null for anything else. */
  function milliseconds(value) {
    if (typeof value === "number") return value;
    const parts = [...String(value).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (!parts.length || parts.map((part) => part[0]).join("") !== value) return null;
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit], 0);
  }

  Object.assign(internal, { check, copied, isObject, isPlain, kindOf, milliseconds, named, need, noOptions, oneOf });
};
