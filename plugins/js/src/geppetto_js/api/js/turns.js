// Turns and blocks in JavaScript: plain objects that go over the border as they are, with helpers on their prototypes.
(internal) => {
  "use strict";
  const { gp, host, invalid, isObject, json, kindOf, misuse, noOptions, oneOf, op } = internal;
  const shortNames = host.keyNames();

  /** The full id of a key: a short name of ours, an id as it is, anything else in our own namespace. */
  function keyId(store, key) {
    if (key.includes("@v")) return key;
    return Object.hasOwn(shortNames[store], key) ? shortNames[store][key] : `geppetto.${key}@v1`;
  }

  function keyText(key) {
    if (typeof key !== "string" || !key.trim()) throw invalid("a key is a text that is not empty");
    return key;
  }

  /** Read and write a map of a turn under short names and full ids alike. */
  class Bag {
    #store;
    #values;
    constructor(store, values) {
      this.#store = store;
      this.#values = values;
    }
    #name(key) {
      const id = keyId(this.#store, keyText(key));
      return [key, id, ...Object.keys(shortNames[this.#store])].find(
        (name) => Object.hasOwn(this.#values(), name) && keyId(this.#store, name) === id,
      );
    }
    has(key) {
      return this.#name(key) !== undefined;
    }
    get(key) {
      const name = this.#name(key);
      return name === undefined ? undefined : this.#values()[name];
    }
    getString(key) {
      const value = this.get(key);
      if (value !== undefined && typeof value !== "string") {
        throw invalid(`${key}: expected a text, got ${typeof value}`, { subject: key });
      }
      return value;
    }
    set(key, value) {
      json(keyText(key), value);
      const inherited = key in this.#values(); // a helper, which the short name would hide
      this.#values()[this.#name(key) ?? (inherited ? keyId(this.#store, key) : key)] = value;
      return this;
    }
    delete(key) {
      const name = this.#name(key);
      if (name !== undefined) delete this.#values()[name];
      return name !== undefined;
    }
    keys() {
      return Object.keys(this.#values());
    }
  }

  /** What every turn that comes from us can do besides being a plain object. */
  class Turn {
    addBlock(block) {
      this.blocks.push(block);
      return this;
    }
    clone() {
      return wrap(structuredClone({ ...this }));
    }
    toJSON() {
      const { data, ...rest } = this;
      return Object.keys(data ?? {}).length ? { ...rest, data } : rest;
    }
    text() {
      const last = this.blocks.findLastIndex((block) => block.kind === "user");
      return this.blocks
        .slice(last + 1)
        .filter((block) => block.kind === "llm_text")
        .map((block) => block.payload?.text ?? "")
        .join("");
    }
    get meta() {
      return new Bag("turn", () => (this.metadata ??= {}));
    }
  }

  /** `turn.data.set(...)` beside `turn.data["raw key"]`: the helpers are on the prototype, so they are no keys. */
  class DataMap {
    set(key, value) {
      bagOf(this).set(key, value);
      return this;
    }
    get(key) {
      return bagOf(this).get(key);
    }
    has(key) {
      return bagOf(this).has(key);
    }
    getString(key) {
      return bagOf(this).getString(key);
    }
  }
  const bagOf = (values) => new Bag("data", () => values);

  /** Give a plain object the helpers; it stays the same object. `data` is always there, so that it can be set at once. */
  function wrap(turn) {
    if (!isObject(turn)) return turn;
    turn.blocks ??= [];
    turn.data = Object.setPrototypeOf(turn.data ?? {}, DataMap.prototype);
    return Object.setPrototypeOf(turn, Turn.prototype);
  }

  const block = Object.freeze({
    userText: (text) => textBlock("user", "user", text),
    user: (text) => textBlock("user", "user", text),
    systemText: (text) => textBlock("system", "system", text),
    system: (text) => textBlock("system", "system", text),
    assistantText: (text) => textBlock("llm_text", "assistant", text),
    assistant: (text) => textBlock("llm_text", "assistant", text),
    reasoning: (text) => textBlock("reasoning", "", text),
    toolCall: (given) => {
      const { id, name, args = {} } = given ?? {};
      if (!id || !name) throw invalid("block.toolCall needs id and name");
      return { id, kind: "tool_call", role: "", payload: { id, name, args } };
    },
    toolUse: (given) => {
      const { id, result, error } = given ?? {};
      if (!id) throw invalid("block.toolUse needs the id of the call");
      const payload = error === undefined ? { id, result } : { id, result, error };
      return { id: host.newId(), kind: "tool_use", role: "", payload };
    },
    other: (payload = {}) => ({ id: host.newId(), kind: "other", role: "", payload }),
  });

  function textBlock(kind, role, text) {
    if (typeof text !== "string") throw invalid(`a ${kind} block needs a text, got ${typeof text}`);
    return { id: host.newId(), kind, role, payload: { text } };
  }

  /** Collect blocks; `build()` gives the turn. */
  class TurnBuilder {
    #turn = { blocks: [] };
    id(value) {
      this.#turn.id = String(value);
      return this;
    }
    block(value) {
      if (!isObject(value)) throw invalid("block must be an object");
      this.#turn.blocks.push(value);
      return this;
    }
    system(text) {
      return this.block(block.system(text));
    }
    user(text) {
      return this.block(block.user(text));
    }
    assistant(text) {
      return this.block(block.assistant(text));
    }
    toolCall(spec) {
      return this.block(block.toolCall(spec));
    }
    toolUse(spec) {
      return this.block(block.toolUse(spec));
    }
    metadata(key, value) {
      (this.#turn.metadata ??= {})[key] = json(keyText(key), value);
      return this;
    }
    data(key, value) {
      (this.#turn.data ??= {})[key] = json(keyText(key), value);
      return this;
    }
    build() {
      return normalize(this.#turn);
    }
  }

  /** Decode and encode once: missing ids, kinds and maps are as the host has them. */
  const normalize = (turn) => wrap(op("normalizeTurn", plain(turn)));

  /** What goes over the border: a text is a prompt, what only looks like a turn is refused by name. */
  function plain(turn) {
    if (turn instanceof TurnBuilder) throw misuse("turn must be an object: call build() on the turn builder");
    const [got, nextStep] = mistaken(turn) ?? [];
    if (!got) return turn;
    const about = { subject: "turn", code: "GEPPETTO_JS_DECODE_ERROR", phase: "decode", nextStep };
    throw invalid(`turn must be an object with blocks, or a text, got ${got}`, about);
  }

  /** Fields of what other libraries call a prompt; any other field is one of a newer version, and kept. */
  const FOREIGN = ["messages", "text", "content", "prompt", "input", "role"];

  /** What a value is that has no blocks but means something, and what to do; undefined for all others. */
  function mistaken(value) {
    if (value === undefined || value === null || typeof value === "string" || value.blocks) return undefined;
    if (!isObject(value)) return [kindOf(value), "gp.turn().user(text).build() makes a turn"];
    if (typeof value.then === "function") return ["a promise", "await it first"];
    if (noOptions.some((type) => value instanceof type)) return [`a ${kindOf(value)}`, "gp.turn().user(text).build() makes a turn"];
    if (typeof value.kind === "string") return [`a ${value.kind} block`, "give { blocks: [block] }"];
    const other = FOREIGN.find((name) => Object.hasOwn(value, name));
    return other && [`an object with ${other} and no blocks`, "gp.turn().user(text).build() makes a turn"];
  }

  Object.assign(internal, { wrap, plain });
  gp.turn = () => new TurnBuilder();
  gp.block = block;
  gp.turns = Object.freeze({
    normalize,
    newTurn: (data) => normalize(data ?? {}),
    appendBlock: (turn, added) => normalize({ ...turn, blocks: [...(turn?.blocks ?? []), added] }),
    clone: (turn) => wrap(structuredClone({ ...turn })),
    newUserBlock: block.user,
    newSystemBlock: block.system,
    newAssistantBlock: block.assistant,
    newToolCallBlock(id, name, args) {
      if (arguments.length < 3) throw misuse("newToolCallBlock requires id, name and args");
      return block.toolCall({ id, name, args });
    },
    newToolUseBlock(id, result, error) {
      if (arguments.length < 2) throw misuse("newToolUseBlock requires id and result");
      return block.toolUse({ id, result, error });
    },
  });
  gp.keys = Object.freeze({
    turn: Object.freeze({ ...shortNames.turn }),
    block: Object.freeze({ ...shortNames.block }),
    data: Object.freeze({ ...shortNames.data }),
    id: (name, store = "turn") => keyId(oneOf("store", store, Object.keys(shortNames)), keyText(name)),
    isId: (name) => typeof name === "string" && /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+@v[1-9][0-9]*$/.test(name),
  });
};
