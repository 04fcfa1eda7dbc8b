// Options: every function says which it takes; one that does not exist or does not fit is refused with the nearest name.
(internal) => {
  "use strict";
  const { host, invalid } = internal;

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const fits = {
    any: () => true,
    string: (value) => typeof value === "string",
    number: (value) => typeof value === "number" && Number.isFinite(value),
    count: (value) => Number.isInteger(value) && value >= 0,
    boolean: (value) => typeof value === "boolean",
    object: isObject,
    array: Array.isArray,
    function: (value) => typeof value === "function",
    ms: (value) => typeof value === "number" && value >= 0,
    duration: (value) => (typeof value === "number" && value >= 0) || (typeof value === "string" && milliseconds(value) !== null),
  };
  const shown = { ms: "a number of milliseconds of at least 0", duration: 'milliseconds or a text such as "30s"', count: "a whole number of at least 0" };

  /** Return a copy of the options without those that are undefined; `shape` says what each may be. */
  function check(where, given, shape) {
    if (given === undefined || given === null) return {};
    if (!isObject(given)) throw new TypeError(`${where} must be an object`);
    const found = {};
    for (const [name, value] of Object.entries(given)) {
      if (!(name in shape)) throw unknown(where, name, Object.keys(shape));
      if (value === undefined || value === null) continue;
      const kinds = shape[name].split("|");
      if (!kinds.some((kind) => fits[kind](value))) throw misfit(where, name, value, kinds);
      found[name] = value;
    }
    return found;
  }

  function unknown(where, name, known) {
    const guess = host.nearest(name, known);
    const hint = guess ? `did you mean ${guess}?` : `known: ${known.join(", ")}`;
    return invalid(`${where}: there is no option '${name}'; ${hint}`, { subject: name, nextStep: hint });
  }

  function misfit(where, name, value, kinds) {
    if (kinds.includes("ms") && typeof value === "number") {
      return invalid(`${where}: ${name} must be >= 0`, { subject: name });
    }
    const wanted = kinds.map((kind) => shown[kind] ?? kind).join(" or ");
    const got = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    return invalid(`${where}: ${name}: expected ${wanted}, got ${got}`, { subject: name });
  }

  const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

  /** Read `1m30s` as milliseconds; a number is milliseconds already; null for anything else. */
  function milliseconds(value) {
    if (typeof value === "number") return value;
    const parts = [...String(value).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (!parts.length || parts.map((part) => part[0]).join("") !== value) return null;
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit], 0);
  }

  Object.assign(internal, { check, isObject, milliseconds });
};
