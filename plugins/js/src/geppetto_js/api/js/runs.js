// Runs: their options, and what is under way: a promise and a handle in one.
(internal) => {
  "use strict";
  const { check, defined, invalid, isPlain, later, op, sink, wrap } = internal;

  const RUN = {
    timeoutMs: "ms",
    tags: "object",
    debugTap: "object",
    on: "object",
    onEvent: "function",
    onDone: "function",
    onError: "function",
    inference: "object",
    eventWindowMs: "ms",
    eventBatch: "count",
    eventSink: "any",
    eventSinks: "any",
  };
  const TAP = {
    onHttp: "function",
    onHttpResponse: "function",
    onSse: "function",
    onProviderObject: "function",
    onTurnBeforeConversion: "function",
  };

  /** Read run options: what goes to the host, and the listeners. */
  function runOptions(given, dispatcher) {
    const found = check("run options", given, RUN);
    const own = [["event", found.onEvent], ["done", found.onDone], ["error", found.onError]];
    for (const [type, listener] of [...listeners(found.on), ...own]) if (listener) dispatcher.on(type, listener);
    return defined({
      timeoutMs: found.timeoutMs,
      tags: found.tags,
      inference: found.inference,
      debugTap: found.debugTap && check("debugTap", found.debugTap, TAP),
      eventWindowMs: found.eventWindowMs,
      eventBatch: found.eventBatch,
      sinks: sinks(found),
    });
  }

  /** The listeners of `on` with their types; those of an instance are the methods of its class too. */
  function listeners(given) {
    return typesOf(given).flatMap((type) => {
      const listener = given[type];
      if (typeof listener === "function") return [[type, listener.bind(given)]];
      if (isPlain(given)) throw invalid(`on.${type} must be a function`, { subject: `on.${type}` });
      return [];
    });
  }

  function typesOf(given) {
    const found = new Set(Object.keys(given ?? {}));
    for (let at = given; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) if (name !== "constructor") found.add(name);
    }
    return [...found];
  }

  const sinks = ({ eventSink, eventSinks }) =>
    [...(eventSink ? [eventSink] : []), ...(Array.isArray(eventSinks) ? eventSinks : eventSinks ? [eventSinks] : [])].map(sink);

  /** What the host calls with a batch of events; it looks for listeners late, for they are added after the start. */
  const deliver = (dispatcher) => (batch) => {
    for (const event of batch) dispatcher.hand(event);
  };

  /** A class whose instances are the promises that it is given. */
  function Given(promise) {
    return promise;
  }
  Given.prototype = Promise.prototype;

  /** One run: a promise of its turn, and what one can do about it. */
  class RunHandle extends Given {
    #ref;
    #dispatcher;
    #seen = false;

    constructor(started, dispatcher) {
      super(settled(later("runResult", started.ref), dispatcher));
      Object.setPrototypeOf(this, RunHandle.prototype);
      this.#ref = started.ref;
      this.#dispatcher = dispatcher;
      internal.track(this, started.ref);
      Object.defineProperties(this, {
        sessionId: { value: started.sessionId, enumerable: true },
        inferenceId: { value: started.inferenceId, enumerable: true },
      });
      // a run that nobody looks at must not fail unseen
      super.then(undefined, (error) => {
        if (!this.#seen) internal.unheard(error);
      });
    }

    static get [Symbol.species]() {
      return Promise;
    }
    get promise() {
      return this.then();
    }
    wait() {
      return this.then();
    }
    then(done, failed) {
      this.#seen = true;
      return super.then(done, failed);
    }
    cancel() {
      op("runCancel", this.#ref);
    }
    close() {
      this.cancel();
    }
    isRunning() {
      return op("runIsRunning", this.#ref);
    }
    on(type, listener) {
      this.#seen = true;
      this.#dispatcher.on(type, listener);
      return this;
    }
    partialTurn() {
      return wrap(op("runPartial", this.#ref));
    }
    result() {
      return op("runInferenceResult", this.#ref);
    }

    /** Give the events one by one; leaving the loop early ends the reading, not the run. */
    async *events() {
      const queue = [];
      let wake = () => {};
      const ended = Symbol("ended");
      const push = (event) => {
        queue.push(event);
        wake();
      };
      this.on("event", push);
      this.then(() => push(ended), () => push(ended));
      for (;;) {
        while (queue.length) {
          const event = queue.shift();
          if (event === ended) {
            await this; // a failed run ends the loop with its error
            return;
          }
          yield event;
        }
        await new Promise((resolve) => (wake = resolve));
      }
    }

    [Symbol.asyncIterator]() {
      return this.events();
    }
    get [Symbol.toStringTag]() {
      return "RunHandle";
    }
  }

  /** Tell the listeners of the end before whoever waits for it. */
  const settled = (promise, dispatcher) =>
    promise.then(
      (turn) => {
        const found = wrap(turn);
        dispatcher.emit("done", found);
        return found;
      },
      (error) => {
        dispatcher.emit("error", Object.assign(error, { type: "error", error: error.message }));
        throw error;
      },
    );

  Object.assign(internal, { RunHandle, runOptions, sinks, deliver });
};
