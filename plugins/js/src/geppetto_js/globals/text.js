// TextEncoder and TextDecoder, for UTF-8 alone: the host knows the encoding.
(function (border, encode, decode) {
  "use strict";
  const Bytes = Uint8Array;
  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return new Bytes(encode(String(text))); }
  }
  class TextDecoder {
    #fatal;
    constructor(label = "utf-8", options = {}) {
      if (!["utf-8", "utf8", "unicode-1-1-utf-8"].includes(String(label).toLowerCase())) {
        throw new RangeError("TextDecoder knows utf-8 only, not " + label);
      }
      this.#fatal = Boolean(options.fatal);
    }
    get encoding() { return "utf-8"; }
    get fatal() { return this.#fatal; }
    decode(data = new Bytes()) {
      try {
        return decode(data, this.#fatal);
      } catch (error) {
        throw new TypeError("the data is no valid utf-8: " + error.message);
      }
    }
  }
  for (const value of [TextEncoder, TextDecoder]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true });
  }
})
