// structuredClone: copies with cycles, dates, maps, sets, bytes and errors; functions cannot be copied.
(function () {
  "use strict";
  const refuse = (what) => {
    const error = new Error(what + " could not be cloned");
    error.name = "DataCloneError";
    throw error;
  };
  const bytes = (value) => {
    if (value instanceof ArrayBuffer) return value.slice(0);
    const buffer = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
    return new value.constructor(buffer);
  };
  const copyError = (value, seen) => {
    const made = Object.create(Object.getPrototypeOf(value) ?? Error.prototype);
    const error = new Error(value.message);
    seen.set(value, error);
    Object.setPrototypeOf(error, Object.getPrototypeOf(made));
    if (value.stack !== undefined) error.stack = value.stack;
    if ("cause" in value) error.cause = copy(value.cause, seen);
    return error;
  };
  const copyObject = (value, seen) => {
    const made = Array.isArray(value) ? new Array(value.length) : {};
    seen.set(value, made);
    for (const key of Object.keys(value)) {
      Object.defineProperty(made, key, { value: copy(value[key], seen), writable: true, enumerable: true, configurable: true });
    }
    return made;
  };
  const copyMap = (value, seen) => {
    const made = new Map();
    seen.set(value, made);
    for (const [key, part] of value) made.set(copy(key, seen), copy(part, seen));
    return made;
  };
  const copySet = (value, seen) => {
    const made = new Set();
    seen.set(value, made);
    for (const part of value) made.add(copy(part, seen));
    return made;
  };
  const copy = (value, seen) => {
    if (typeof value === "function" || typeof value === "symbol") refuse(String(value));
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Date) return new Date(+value);
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return bytes(value);
    if (value instanceof Map) return copyMap(value, seen);
    if (value instanceof Set) return copySet(value, seen);
    if (value instanceof Error) return copyError(value, seen);
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) refuse("#<" + value.constructor.name + ">");
    return copyObject(value, seen);
  };
  Object.defineProperty(globalThis, "structuredClone", {
    value: function structuredClone(value) { return copy(value, new Map()); }, writable: true, configurable: true,
  });
})
