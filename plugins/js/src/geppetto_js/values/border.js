// Errors and calls at the border: who threw what, and how each language calls the other's functions.
// Everything used here is taken from the global object before a script runs, so that no script can change the border.
(function (fail, dropOrigin, packing) {
  "use strict";
  const { get, hold, packed, stringify, unpack, revive } = packing;
  const { apply } = Reflect, { parse } = JSON, { keys, defineProperty } = Object;
  const NativeError = Error, Text = String, { startsWith } = String.prototype, errorToString = Error.prototype.toString, objectToString = Object.prototype.toString, joinList = Array.prototype.join;
  const originOf = WeakMap.prototype.get, keepOrigin = WeakMap.prototype.set, origins = new WeakMap();
  const dropped = new FinalizationRegistry(dropOrigin), watchOrigin = FinalizationRegistry.prototype.register;

  // ---- errors
  const property = (value, key) => { try { return value[key]; } catch { return undefined; } };
  const textOf = (value) => { try { return Text(value); } catch { return "(no text)"; } };
  const describe = (error) => {
    if (typeof error === "unknown") return '{"name":"InternalError","message":"out of memory","stack":""}'; // see engine/memory.py
    try {
      return described(error);
    } catch { // a getter, a proxy: whoever waits for the error must hear of it all the same
      return '{"name":"Error","message":"(what was thrown cannot be described)","stack":""}';
    }
  };
  // what has no text that can cross is told by its message, or by what the language makes of it
  const written = (value) => { try { return packed(value); } catch { return null; } };
  const messageOf = (value, told) => {
    if (typeof value !== "object" || value === null) return textOf(value);
    if (told !== null && !apply(startsWith, told, ['{"$js":'])) return told;
    const message = property(value, "message");
    return typeof message === "string" ? message : textOf(value);
  };
  const wordsOf = (error, key) => { const words = property(error, key); return typeof words === "string" ? words : ""; };
  const codeOf = (thrown) => {
    const code = thrown == null ? undefined : property(thrown, "code");
    return code === undefined ? null : written(code);
  };
  const described = (error) => {
    if (!(error instanceof NativeError)) {
      const told = written(error);
      return stringify({ name: "", message: messageOf(error, told), stack: "", value: told, code: codeOf(error) });
    }
    return stringify({
      name: textOf(property(error, "name")),
      message: textOf(property(error, "message")),
      stack: textOf(property(error, "stack") ?? ""),
      code: codeOf(error),
      nextStep: wordsOf(error, "nextStep"),
      subject: wordsOf(error, "subject"),
      origin: apply(originOf, origins, [error]),
    });
  };
  const errorNames = { __proto__: null, TypeError, RangeError, SyntaxError, ReferenceError };
  const errorFrom = ({ name, message, fields, cause }) => {
    const error = new (errorNames[name] ?? NativeError)(message);
    const frames = error.stack.split("\n");
    error.stack = frames.filter((line) => !line.includes("(geppetto:") && !line.includes("(native)")).join("\n");
    if (error.name !== name) defineProperty(error, "name", { value: name, writable: true, configurable: true });
    const more = revive(fields);
    for (const key of keys(more)) error[key] = more[key];
    if (cause !== undefined) defineProperty(error, "cause", { value: causeOf(cause), writable: true, configurable: true });
    return error;
  };
  const causeOf = (told) => {
    const error = errorFrom(told);
    if (told.stack !== undefined) error.stack = told.stack;
    return error;
  };
  const hostError = (text) => {
    const told = parse(text), error = errorFrom(told), { origin } = told;
    apply(keepOrigin, origins, [error, origin]);
    apply(watchOrigin, dropped, [error, origin]);
    return error;
  };
  // The engines tell of what leaves a script by its text alone; this remembers whose text it was, while scripts run.
  let spoken, scripts = 0;
  const speaking = (prototype, native) => defineProperty(prototype, "toString", {
    value: { toString() { if (scripts) spoken = this; return apply(native, this, []); } }.toString,
    writable: true, configurable: true, enumerable: false,
  });
  speaking(NativeError.prototype, errorToString);
  speaking(Object.prototype, objectToString);
  const lastSpoken = (told) => {
    const thrown = spoken;
    spoken = undefined;
    if (thrown === undefined) return "";
    const text = apply(thrown instanceof NativeError ? errorToString : objectToString, thrown, []);
    return told === text || apply(startsWith, told, [text + "\n"]) ? describe(thrown) : "";
  };
  const begin = () => { scripts++; spoken = undefined; };
  const end = () => { scripts--; spoken = undefined; };
  // where a script stands that is being stopped
  const here = () => new NativeError().stack;

  // ---- calls
  let failure = "";
  const takeFailure = () => { const text = failure; failure = ""; return text; };
  const failed = (error) => { failure = describe(error); return fail; };
  // Python calls a held function with values of its own engine
  const invoke = (id, ...args) => {
    try { return get(id)(...args); } catch (error) { return failed(error); }
  };
  const invokePacked = (id, text) => {
    try { return get(id)(...unpack(text)); } catch (error) { return failed(error); }
  };
  // a script calls a Python function; it answers `fail` when there is more to tell: "v" a value as text, "e" an error
  const answered = (text) => {
    if (text[0] === "v") return unpack(text.slice(1));
    throw hostError(text.slice(1));
  };
  // with a known number of parameters no `arguments` object is made: it would cost as much as the call
  const wrapped = (host, name, takeTold, arity) => {
    const checked = (result) => result !== fail ? result : answered(takeTold());
    const made = arity === 1 ? (a) => { const result = host(a); return result !== fail ? result : answered(takeTold()); }
      : arity === 0 ? () => checked(host())
      : arity === 2 ? (a, b) => checked(host(a, b))
      : arity === 3 ? (a, b, c) => checked(host(a, b, c))
      : arity === null ? function () { return checked(apply(host, undefined, arguments)); }
      : function () { arguments.length = arity; return checked(apply(host, undefined, arguments)); };
    return defineProperty(made, "name", { value: name });
  };

  // ---- the same for an engine that only takes text: "v" a value, "e" an error
  // (joined, since quickjs-ng makes a rope of a long sum of strings, and its package knows no ropes)
  const join = (kind, text) => apply(joinList, [kind, text], [""]);
  const invokeText = (text) => {
    try {
      const { id, args } = parse(text);
      return join("v", packed(get(id)(...revive(args))));
    } catch (error) { return join("e", describe(error)); }
  };
  const wrappedText = (host, name) => defineProperty(function (...args) {
    return answered(host(packed(args)));
  }, "name", { value: name });

  return { describe, hold, here, invoke, invokePacked, takeFailure, wrapped, lastSpoken, begin, end, invokeText, wrappedText };
})
