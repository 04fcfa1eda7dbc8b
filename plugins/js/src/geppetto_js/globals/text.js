// TextEncoder and TextDecoder, for UTF-8 alone: the host knows the encoding.
(function (border, encode, decode) {
  "use strict";
  const Bytes = Uint8Array;
  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return new Bytes(encode(String(text))); }
    /** Fill `target` with whole characters; says how much of the text was read, in the units of its length. */
    encodeInto(text, target) {
      if (!(target instanceof Bytes)) throw new TypeError("TextEncoder.encodeInto fills a Uint8Array");
      const all = this.encode(String(text).slice(0, target.length)); // a unit takes a byte at least
      let written = Math.min(all.length, target.length);
      while ((all[written] & 0xc0) === 0x80) written--; // not within a character
      const part = all.subarray(0, written);
      target.set(part);
      return { read: decode(part, false, true)[0].length, written };
    }
  }
  const NONE = new Bytes();

  /** What a decoder may be given, as bytes. */
  function bytesOf(data) {
    if (data instanceof ArrayBuffer) return new Bytes(data);
    if (ArrayBuffer.isView(data)) return new Bytes(data.buffer, data.byteOffset, data.byteLength);
    throw new TypeError("TextDecoder decodes an ArrayBuffer or a view of one");
  }

  function joined(first, second) {
    if (first.length === 0) return second;
    const both = new Bytes(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  }

  class TextDecoder {
    #fatal;
    #ignoreBOM;
    #streams = false; // the call before said that more comes
    #rest = NONE; // the beginning of a character
    #begun = false; // what stands at the beginning was looked at: a mark there is no text
    constructor(label = "utf-8", options = {}) {
      if (!["utf-8", "utf8", "unicode-1-1-utf-8"].includes(String(label).toLowerCase())) {
        throw new RangeError("TextDecoder knows utf-8 only, not " + label);
      }
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() { return "utf-8"; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(data = NONE, options = {}) {
      const given = bytesOf(data);
      if (!this.#streams) [this.#rest, this.#begun] = [NONE, false];
      this.#streams = Boolean(options?.stream);
      const all = joined(this.#rest, given);
      this.#rest = NONE;
      const [text, open] = this.#decoded(all);
      if (open > 0) this.#rest = all.slice(all.length - open);
      return this.#unmarked(text);
    }
    #decoded(all) {
      try {
        return decode(all, this.#fatal, !this.#streams);
      } catch (error) {
        throw new TypeError("the data is no valid utf-8: " + error.message);
      }
    }
    #unmarked(text) {
      const first = !this.#begun && text.length > 0;
      this.#begun ||= first;
      return first && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }
  for (const value of [TextEncoder, TextDecoder]) {
    Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true });
  }
})
