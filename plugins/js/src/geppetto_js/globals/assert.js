// assert: enough to test a script with nothing else.
(function () {
  "use strict";
  class AssertionError extends Error {
    constructor(message, actual, expected) {
      super(message);
      this.name = "AssertionError";
      this.code = "ERR_ASSERTION";
      this.actual = actual;
      this.expected = expected;
    }
  }
  // much like JSON, but with what JSON has no words for
  const shown = (value) => {
    try { return part(value, []); } catch { return String(value); }
  };
  const part = (value, above) => {
    switch (typeof value) {
      case "string": return JSON.stringify(value);
      case "bigint": return value + "n";
      case "function": return String(value.name || "function");
      case "object": return value === null ? "null" : object(value, above);
      default: return Object.is(value, -0) ? "-0" : String(value);
    }
  };
  const object = (value, above) => {
    if (above.includes(value)) return "[Circular]";
    const inner = (item) => part(item, [...above, value]);
    if (Array.isArray(value)) return "[" + [...value].map(inner).join() + "]";
    if (value instanceof Map || value instanceof Set) return value.constructor.name + inner([...value]);
    if (value instanceof Date || value instanceof RegExp || value instanceof Error) return String(value);
    return "{" + Object.keys(value).map((key) => JSON.stringify(key) + ":" + inner(value[key])).join() + "}";
  };
  const fail = (message, fallback, actual, expected) => {
    if (message instanceof Error) throw message;
    throw new AssertionError(message ?? fallback, actual, expected);
  };
  const sameParts = (a, b, seen) => {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length
      && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], seen));
  };
  // in any order: each finds one of its own
  const sameMembers = (a, rest, seen) => [...a].every((member) => {
    const at = rest.findIndex((other) => same(member, other, seen));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  const same = (a, b, seen) => {
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    const found = sameObjects(a, b, seen);
    if (!found) seen.delete(a); // a set looks further
    return found;
  };
  const sameObjects = (a, b, seen) => {
    if (a instanceof Date) return +a === +b;
    if (a instanceof RegExp) return String(a) === String(b);
    if (a instanceof Map || a instanceof Set) return a.size === b.size && sameMembers(a, [...b], seen);
    if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b), seen);
    if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
    return sameParts(a, b, seen);
  };
  const deep = (a, b) => same(a, b, new Map());
  const matches = (error, wanted) => {
    if (wanted === undefined) return true;
    if (wanted instanceof RegExp) return wanted.test(String(error));
    if (typeof wanted !== "function") return Object.keys(wanted).every((key) => matchesField(error?.[key], wanted[key]));
    return error instanceof wanted || (wanted.prototype === undefined && wanted(error) === true);
  };
  const matchesField = (value, wanted) => wanted instanceof RegExp ? wanted.test(String(value)) : deep(value, wanted);
  const thrown = (error, wanted, message) => {
    if (matches(error, wanted)) return error;
    return fail(message, "another error was thrown: " + String(error), error, wanted);
  };

  const assert = function assert(value, message) {
    if (!value) fail(message, "the value is " + shown(value), value, true);
  };
  assert.ok = assert;
  assert.AssertionError = AssertionError;
  assert.fail = (message) => fail(message, "failed");
  assert.equal = assert.strictEqual = (actual, expected, message) => {
    if (!Object.is(actual, expected)) fail(message, shown(actual) + " is not " + shown(expected), actual, expected);
  };
  assert.notEqual = assert.notStrictEqual = (actual, expected, message) => {
    if (Object.is(actual, expected)) fail(message, "both are " + shown(actual), actual, expected);
  };
  assert.deepEqual = assert.deepStrictEqual = (actual, expected, message) => {
    if (!deep(actual, expected)) fail(message, shown(actual) + " is not like " + shown(expected), actual, expected);
  };
  assert.notDeepEqual = assert.notDeepStrictEqual = (actual, expected, message) => {
    if (deep(actual, expected)) fail(message, "both are like " + shown(actual), actual, expected);
  };
  assert.match = (text, pattern, message) => {
    if (!pattern.test(text)) fail(message, shown(text) + " does not match " + pattern, text, pattern);
  };
  assert.throws = (run, wanted, message) => {
    try { run(); } catch (error) { return thrown(error, wanted, message); }
    return fail(message, "nothing was thrown");
  };
  assert.rejects = async (run, wanted, message) => {
    try { await (typeof run === "function" ? run() : run); } catch (error) { return thrown(error, wanted, message); }
    return fail(message, "nothing was rejected");
  };
  Object.defineProperty(globalThis, "assert", { value: assert, writable: true, configurable: true });
})
