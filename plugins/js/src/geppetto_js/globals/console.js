// The console: formats values as people read them, and hands the text to the host.
(function (border, write) {
  "use strict";
  const { isArray } = Array, { keys, getPrototypeOf } = Object, { stringify } = JSON, Text = String;
  const MAX_DEPTH = 4, MAX_ITEMS = 100, WIDTH = 72;

  const key = (name) => /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringify(name);
  const laid = (open, parts, close) => {
    if (!parts.length) return open + close;
    const line = open + " " + parts.join(", ") + " " + close;
    if (line.length <= WIDTH && !line.includes("\n")) return line;
    return open + "\n  " + parts.join(",\n").split("\n").join("\n  ") + "\n" + close;
  };
  const limited = (items, show) => {
    const parts = items.slice(0, MAX_ITEMS).map(show);
    if (items.length > MAX_ITEMS) parts.push("... " + (items.length - MAX_ITEMS) + " more");
    return parts;
  };
  const errorText = (error) => {
    const head = error.name + ": " + error.message, stack = error.stack ? "\n" + error.stack.trimEnd() : "";
    return error.cause === undefined ? head + stack : head + stack + "\n[cause]: " + inspect(error.cause, []);
  };
  const nameOf = (value) => {
    const prototype = getPrototypeOf(value);
    if (prototype === null) return "[Object: null prototype] ";
    const name = prototype.constructor?.name;
    return name && name !== "Object" && name !== "Array" ? name + " " : "";
  };
  const object = (value, above) => {
    if (above.includes(value)) return "[Circular]";
    if (value instanceof Error) return errorText(value);
    if (value instanceof Date) return isFinite(+value) ? value.toISOString() : "Invalid Date";
    if (value instanceof RegExp) return Text(value);
    if (value instanceof Promise) return "Promise {}";
    if (above.length > MAX_DEPTH) return isArray(value) ? "[Array]" : "[" + (nameOf(value).trim() || "Object") + "]";
    const inside = [...above, value], show = (part) => inspect(part, inside);
    if (isArray(value)) return laid("[", limited(value, show), "]");
    if (ArrayBuffer.isView(value) && value.length !== undefined) {
      return nameOf(value) + laid("[", limited([...value.subarray(0, MAX_ITEMS + 1)], show), "]");
    }
    if (value instanceof Map) {
      return "Map(" + value.size + ") " + laid("{", limited([...value], ([k, v]) => show(k) + " => " + show(v)), "}");
    }
    if (value instanceof Set) return "Set(" + value.size + ") " + laid("{", limited([...value], show), "}");
    return nameOf(value) + laid("{", limited(keys(value), (name) => key(name) + ": " + show(value[name])), "}");
  };
  const inspect = (value, above) => {
    switch (typeof value) {
      case "string": return above.length ? stringify(value) : value;
      case "bigint": return value + "n";
      case "function": return "[" + (/^class\b/.test(Text(value)) ? "class" : "Function") + ": " + (value.name || "(anonymous)") + "]";
      case "object": return value === null ? "null" : object(value, above);
      case "number": return Object.is(value, -0) ? "-0" : Text(value);
      default: return Text(value);
    }
  };
  const text = (values) => {
    let parts = [...values];
    if (typeof parts[0] === "string" && parts.length > 1 && /%[sdifjoOc%]/.test(parts[0])) parts = formatted(parts);
    return parts.map((value) => inspect(value, [])).join(" ");
  };
  const formatted = ([format, ...rest]) => {
    const head = format.replace(/%[sdifjoOc%]/g, (mark) => {
      if (mark === "%%") return "%";
      if (!rest.length) return mark;
      const value = rest.shift();
      switch (mark) {
        case "%s": return typeof value === "object" ? inspect(value, []) : Text(value);
        case "%d": case "%f": return Text(Number(value));
        case "%i": return Text(Math.trunc(Number(value)));
        case "%j": return stringify(value);
        case "%c": return "";
        default: return inspect(value, [null]);
      }
    });
    return [head, ...rest];
  };

  const console = {};
  for (const level of ["debug", "log", "info", "warn", "error"]) {
    console[level] = { [level]: (...values) => { write(level, text(values)); } }[level];
  }
  Object.defineProperty(globalThis, "print", { value: console.log, writable: true, configurable: true });
  Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });
})
