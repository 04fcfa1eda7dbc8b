// What of a value JSON cannot say, and where it stands: what a script keeps in a turn is refused when it is given.
(internal) => {
  "use strict";
  const { invalid, kindOf, noOptions } = internal;
  const MAX_DEPTH = 100; // as at the border

  /** Return the pointer of the first part that is no JSON and what it is; undefined where all of it is. */
  function unfit(value, place = "", above = []) {
    if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return undefined;
    if (typeof value === "number") return [place, `is ${value}, which is no JSON number`];
    if (typeof value !== "object") return [place, value === undefined ? "is undefined" : `is a ${typeof value}`];
    if (above.includes(value)) return [place, "contains itself"];
    if (above.length > MAX_DEPTH) return [place, `is nested deeper than ${MAX_DEPTH} levels`];
    return unfitObject(value, place, [...above, value]);
  }

  function unfitObject(value, place, above) {
    if (typeof value.toJSON === "function") return unfit(value.toJSON(), place, above);
    // of these JSON makes an empty object
    if (ArrayBuffer.isView(value) || noOptions.some((type) => value instanceof type)) return [place, `is a ${kindOf(value)}`];
    for (const [name, part] of Object.entries(value)) {
      const found = part !== undefined && unfit(part, `${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, above);
      if (found) return found;
    }
    return undefined;
  }

  /** Return a value that JSON can say; raise for another one, with the place of the part that is none. */
  internal.json = (key, value) => {
    const found = unfit(value);
    if (!found) return value;
    throw invalid(`${key}: value not serializable as JSON: ${key}${found[0]} ${found[1]}`, {
      subject: `${key}${found[0]}`,
      code: "GEPPETTO_JS_ENCODE_ERROR",
      phase: "encode",
      nextStep: "give plain data: null, booleans, finite numbers, text, arrays, and objects of these",
    });
  };
};
