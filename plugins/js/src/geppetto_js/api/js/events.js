// Events in JavaScript: the host's own vocabulary, the older one made from it for who listens to that, and collectors.
(internal) => {
  "use strict";
  const { gp, misuse, op } = internal;

  /** Older event types, and what they are made of. */
  const OLDER = {
    "provider-call-started": (event) => [{ type: "start" }],
    "text-delta": (event, texts) => [{ type: "partial", delta: event.delta, completion: texts.add("text", event) }],
    "reasoning-delta": (event, texts) => [
      { type: "partial-thinking", delta: event.delta, completion: texts.add("reasoning", event) },
    ],
    "provider-call-finished": (event, texts) => [{ type: "final", text: texts.take("text", event) }],
    "tool-call-requested": (event) => [{ type: "tool-call", toolCall: callOf(event) }],
    "tool-execution-started": (event) => [{ type: "tool-call-execute", toolCall: callOf(event) }],
    "tool-result-ready": (event) => {
      const text = event.error || (typeof event.result === "string" ? event.result : JSON.stringify(event.result));
      const toolResult = { id: event.correlation.toolCallId, result: text };
      return [
        { type: "tool-result", toolResult },
        { type: "tool-call-execution-result", toolResult },
      ];
    },
    "run-failed": (event) => [{ type: "error", error: event.error?.message ?? "" }],
  };
  const OLDER_TYPES = new Set([
    "start", "partial", "partial-thinking", "final", "tool-call", "tool-call-execute", "tool-result",
    "tool-call-execution-result", "error",
  ]);

  /** How a run ends; its listeners get a turn and an Error under these names, and no events. */
  const ENDS = new Set(["done", "error"]);

  function callOf(event) {
    const args = event.arguments ?? {};
    const input = typeof args === "string" ? args : JSON.stringify(args);
    return { id: event.correlation.toolCallId, name: event.name, input };
  }

  /** Texts so far, by provider call: a delta carries only its delta. */
  class Texts {
    #found = new Map();
    add(kind, event) {
      const key = `${kind} ${event.correlation.providerCallId}`;
      const text = (this.#found.get(key) ?? "") + event.delta;
      this.#found.set(key, text);
      return text;
    }
    take(kind, event) {
      const key = `${kind} ${event.correlation.providerCallId}`;
      const text = this.#found.get(key) ?? "";
      this.#found.delete(key);
      return text;
    }
  }

  /** Hand events to listeners by type; one that throws is reported and the others go on. */
  class Dispatcher {
    #listeners = new Map();
    #texts = new Texts();
    #older = false;
    #ends;

    /** With `ends`, who has the dispatcher tells how a run ends. */
    constructor(ends = false) {
      this.#ends = ends;
    }

    on(type, listener) {
      if (typeof type !== "string" || typeof listener !== "function") {
        throw misuse("on requires an event type and a function");
      }
      this.#older ||= OLDER_TYPES.has(type);
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    }

    off(type, listener) {
      this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((known) => known !== listener));
    }

    has(type) {
      return this.#listeners.has(type);
    }

    clear(type) {
      if (type === undefined) this.#listeners.clear();
      else this.#listeners.delete(type);
    }

    hand(event) {
      if (!this.#ends || !ENDS.has(event.type)) this.#call(event.type, event);
      this.#call("event", event);
      this.#call("*", event);
      if (!this.#older || !OLDER[event.type]) return;
      const { timestampMs, sessionId, inferenceId, turnId } = event;
      for (const made of OLDER[event.type](event, this.#texts)) {
        if (this.#ends && ENDS.has(made.type)) continue;
        this.#call(made.type, { timestampMs, sessionId, inferenceId, turnId, ...made });
      }
    }

    /** Tell the listeners how the run has ended. */
    done(turn) {
      this.#call("done", turn);
    }
    /** An error is also what `error` was in the older vocabulary: an event with a text. */
    failed(error) {
      this.#call("error", Object.assign(error, { type: "error", error: error.message }));
    }

    #call(type, payload) {
      for (const listener of this.#listeners.get(type) ?? []) tell(type, listener, payload);
    }
  }

  /** Call a listener; one that throws, or rejects, is reported. */
  function tell(type, listener, payload) {
    try {
      const result = listener(payload);
      if (typeof result?.then === "function") result.then(undefined, (error) => report(type, error));
    } catch (error) {
      report(type, error);
    }
  }

  const report = (type, error) => op("listenerFailed", type, String(error?.stack ? `${error}\n${error.stack}` : error));

  /** A sink that a script listens to; it can be given to any number of sessions. */
  class Collector {
    #dispatcher = new Dispatcher();
    #closed = false;
    on(type, listener) {
      this.#dispatcher.on(type, listener);
      return this;
    }
    clear(type) {
      this.#dispatcher.clear(type);
      return this;
    }
    close() {
      this.#closed = true;
      this.#dispatcher.clear();
    }
    static sink(collector) {
      return (batch) => {
        if (!collector.#closed) for (const event of batch) collector.#dispatcher.hand(event);
      };
    }
  }

  /** Take events one by one: one that makes a sink throw, or reject, does not cost it the others. */
  const each = (publish) => (batch) => {
    for (const event of batch) tell("sink", publish, event);
  };

  /** A sink as the host takes it: a function that gets batches. */
  function sink(given) {
    if (given instanceof Collector) return Collector.sink(given);
    if (typeof given === "function") return each((event) => given(event));
    if (typeof given?.publish === "function") return each((event) => given.publish(event));
    if (typeof given?.emit === "function") return each((event) => given.emit(event.type, event));
    throw misuse(`expected event sink reference, got ${given === null ? "null" : typeof given}`);
  }

  Object.assign(internal, { Dispatcher, sink, tell });
  gp.events = Object.freeze({ collector: () => new Collector() });
};
