// What values become at the border: handles by number, plain data as it is, everything else as JSON text with tags.
// Everything used here is taken from the global object before a script runs, so that no script can change the border.
(function () {
  "use strict";
  const { isArray } = Array, { isFinite } = Number, { apply } = Reflect, { isView } = ArrayBuffer;
  const { parse } = JSON, { keys, getPrototypeOf, defineProperty, create, getOwnPropertyDescriptor } = Object;
  const objectPrototype = Object.prototype, isoOf = Date.prototype.toISOString, { fromCharCode } = String;
  const NativePromise = Promise, then = Promise.prototype.then, NativeError = Error, Text = String, Bytes = Uint8Array, Big = BigInt;
  const mapEach = Map.prototype.forEach, setEach = Set.prototype.forEach;
  const MAX_DEPTH = 100, MAX_PARTS = 1000000, MAX_LETTERS = 100000000;
  // what is written here is plain; a script that gives all objects a `toJSON` must not change it
  const nativeStringify = JSON.stringify, arrayPrototype = Array.prototype;
  const changed = () => objectPrototype.toJSON !== undefined || arrayPrototype.toJSON !== undefined;
  const without = (prototypes, value) => {
    const found = prototypes.map((prototype) => getOwnPropertyDescriptor(prototype, "toJSON"));
    for (let i = 0; i < prototypes.length; i++) delete prototypes[i].toJSON;
    try {
      return nativeStringify(value);
    } finally {
      for (let i = 0; i < found.length; i++) if (found[i]) defineProperty(prototypes[i], "toJSON", found[i]);
    }
  };
  const stringify = (value) => changed() ? without([objectPrototype, arrayPrototype], value) : nativeStringify(value);

  // ---- handles: functions and promises that Python holds, by number
  const held = create(null);
  let last = 0;
  const hold = (value) => { held[++last] = value; return last; };
  // who holds a promise hears of its rejection: it is no longer one that nobody handles
  const heard = () => {};
  const holdPromise = (promise) => { apply(then, promise, [undefined, heard]); return hold(promise); };
  const release = (id) => { delete held[id]; };
  const get = (id) => held[id];

  // ---- is a value plain data? 0: no; 1: yes; 2: a function; 3: a promise; 4: bytes; 5: yes, with numbers
  // (`var` and `switch`, since the engine looks at each `let` whether it was set, and calls are dear)
  var parts = 0, letters = 0, numbers = false;
  const plain = function (value, depth) {
    var x, key, length;
    if (depth > MAX_DEPTH || ++parts > MAX_PARTS) return false;
    if (isArray(value)) {
      if ((parts += length = value.length) > MAX_PARTS) return false;
      for (key = 0; key < length; key++) {
        switch (typeof (x = value[key])) {
          case "string": if ((letters += x.length) > MAX_LETTERS) return false; continue;
          case "number": numbers = true; continue;
          case "boolean": continue;
          case "object": if (x === null || plain(x, depth + 1)) continue;
        }
        return false;
      }
      return true;
    }
    x = getPrototypeOf(value);
    if (x !== objectPrototype && x !== null) return false;
    for (key in value) {
      switch (typeof (x = value[key])) {
        case "string": if ((letters += x.length) > MAX_LETTERS) return false; continue;
        case "number": numbers = true; continue;
        case "boolean": continue;
        case "object": if (x === null || plain(x, depth + 1)) continue;
      }
      return false;
    }
    return true;
  };
  const isBytes = (value) => isView(value) && !(value instanceof DataView);
  const bytes = (buffer) => new Bytes(buffer);
  const classify = (value) => {
    if (typeof value === "function") return 2;
    if (typeof value !== "object" || value === null) return 0;
    if (value instanceof NativePromise) return 3;
    parts = letters = 0;
    numbers = false;
    return plain(value, 0) ? (numbers ? 5 : 1) : value instanceof ArrayBuffer || isBytes(value) ? 4 : 0;
  };

  // ---- values that are more than plain data travel as JSON text with tags: {"$js": kind, ...}
  class Unsupported { constructor(pointer, reason) { this.pointer = pointer; this.reason = reason; } }
  const pointerOf = (path) => {
    let text = "";
    for (let at = path; at; at = at.up) text = "/" + Text(at.key).split("~").join("~0").split("/").join("~1") + text;
    return text;
  };
  const refuse = (path, reason) => { throw new Unsupported(pointerOf(path), reason); };
  const textOfBytes = (value) => {
    const bytes = isView(value) ? new Bytes(value.buffer, value.byteOffset, value.byteLength) : new Bytes(value);
    let text = "";
    for (let i = 0; i < bytes.length; i += 4096) text += apply(fromCharCode, null, bytes.subarray(i, i + 4096));
    return text;
  };
  const packObject = (value, path, depth) => {
    const out = create(null), names = keys(value);
    let tagged = false;
    if ((parts += names.length) > MAX_PARTS) refuse(path, "more than " + MAX_PARTS + " parts");
    for (let i = 0; i < names.length; i++) {
      const key = names[i], x = value[key];
      if (x === undefined) continue;
      if (key === "$js") tagged = true;
      out[key] = pack(x, { key, up: path, value }, depth + 1);
    }
    return tagged ? { $js: "object", v: keys(out).map((key) => [key, out[key]]) } : out;
  };
  const packList = (value, path, depth) => {
    if ((parts += value.length) > MAX_PARTS) refuse(path, "more than " + MAX_PARTS + " parts");
    const out = [];
    for (let i = 0; i < value.length; i++) {
      out[i] = value[i] === undefined ? null : pack(value[i], { key: i, up: path, value }, depth + 1);
    }
    return out;
  };
  const packMap = (value, path, depth) => {
    const out = create(null);
    apply(mapEach, value, [(x, key) => {
      if (typeof key !== "string") refuse(path, "a Map with a key that is no text");
      out[key] = x;
    }]);
    return packObject(out, path, depth);
  };
  const packSet = (value, path, depth) => {
    const out = [];
    apply(setEach, value, [(x) => { out[out.length] = x; }]);
    return packList(out, path, depth);
  };
  const packError = (value, path, depth) => {
    const out = { name: Text(value.name), message: Text(value.message) };
    if (value.code !== undefined) out.code = value.code;
    return packObject(out, path, depth);
  };
  const isOpaque = (value) => value instanceof WeakMap || value instanceof WeakSet || value instanceof RegExp
    || value instanceof WeakRef;
  const packSpecial = (value, path, depth) => {
    if (value instanceof NativePromise) return { $js: "promise", v: holdPromise(value) };
    if (value instanceof Date) return isFinite(+value) ? apply(isoOf, value, []) : null;
    if (value instanceof Map) return packMap(value, path, depth);
    if (value instanceof Set) return packSet(value, path, depth);
    if (value instanceof ArrayBuffer || isView(value)) return { $js: "bytes", v: textOfBytes(value) };
    if (value instanceof NativeError) return packError(value, path, depth);
    if (value instanceof Text || value instanceof Number || value instanceof Boolean) return value.valueOf();
    if (isOpaque(value)) refuse(path, "a " + (value.constructor?.name || "special object"));
    if (typeof value.toJSON === "function") return pack(value.toJSON(), path, depth + 1);
    return packObject(value, path, depth);
  };
  const pack = (value, path, depth) => {
    switch (typeof value) {
      case "string":
        if ((letters += value.length) > MAX_LETTERS) refuse(path, "texts of more than " + MAX_LETTERS + " letters");
        return value;
      case "boolean": return value;
      case "number": return isFinite(value) ? (value === 0 ? 0 : value) : { $js: "number", v: Text(value) };
      case "undefined": return null;
      case "bigint": return { $js: "bigint", v: value.toString(16) };
      case "function": return { $js: "function", v: hold(value) };
      case "symbol": return refuse(path, "a symbol");
      case "unknown": return refuse(path, "what a script catches when memory is out"); // see engine/memory.py
    }
    if (value === null) return null;
    for (let at = path; at; at = at.up) if (at.value === value) refuse(path, "a cycle");
    if (depth > MAX_DEPTH) refuse(path, "nested deeper than " + MAX_DEPTH + " levels");
    return isArray(value) ? packList(value, path, depth) : packSpecial(value, path, depth);
  };
  // what cannot cross is told in the same text, as a refusal
  const packed = (value) => {
    parts = letters = 0;
    try {
      return stringify(pack(value, null, 0));
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      return stringify({ $js: "unsupported", pointer: error.pointer, reason: error.reason });
    }
  };

  const revive = (value) => {
    if (typeof value !== "object" || value === null) return value;
    if (!isArray(value) && value.$js !== undefined) return reviveTag(value);
    const names = keys(value);
    for (let i = 0; i < names.length; i++) {
      const x = value[names[i]];
      if (typeof x === "object" && x !== null) value[names[i]] = revive(x);
    }
    return value;
  };
  const reviveTag = (value) => {
    switch (value.$js) {
      case "undefined": return undefined;
      case "number": return +value.v;
      case "bigint": return value.less ? -Big(value.v) : Big(value.v);
      case "held": return held[value.v];
      case "once": { const made = held[value.v]; release(value.v); return made; }
      case "bytes": return bytesOf(value.v);
    }
    const out = {};
    for (let i = 0; i < value.v.length; i++) {
      const [key, x] = value.v[i];
      defineProperty(out, key, { value: revive(x), writable: true, enumerable: true, configurable: true });
    }
    return out;
  };
  const bytesOf = (text) => {
    const bytes = new Bytes(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  };
  const unpack = (text) => revive(parse(text));

  const exported = (made) => {
    const numbers = create(null);
    for (const key of keys(made ?? {})) numbers[key] = hold(made[key]);
    return stringify(numbers);
  };

  return { stringify, hold, holdPromise, release, get, classify, bytes, packed, unpack, revive, exported };
})
