// Runs: their options, and what is under way: a promise and a handle in one.
(internal) => {
  "use strict";
  const { check, defined, EventReader, invalid, isPlain, later, op, sink, tell, wrap } = internal;

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
  const INFERENCE = {
    model: "string", stream: "boolean", temperature: "number", topP: "number", maxOutputTokens: "count", maxTokens: "count", stop: "array",
    seed: "integer", reasoningEffort: "string", reasoningBudget: "count", responseFormat: "object", extra: "object",
  };
  const TAP = {
    onHttp: "function",
    onHttpResponse: "function",
    onSse: "function",
    onProviderObject: "function",
    onTurnBeforeConversion: "function",
  };

  /** Read what is asked of the model. */
  const inference = (given) => given && check("inference", given, INFERENCE);

  /** Read run options: what goes to the host, and the listeners. */
  function runOptions(given, dispatcher) {
    const found = check("run options", given, RUN);
    const own = [["event", found.onEvent], ["done", found.onDone], ["error", found.onError]];
    for (const [type, listener] of [...listeners(found.on), ...own]) if (listener) dispatcher.on(type, listener);
    return defined({
      timeoutMs: found.timeoutMs,
      tags: found.tags,
      inference: inference(found.inference),
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
      if (listener === undefined || listener === null) return [];
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
    [eventSink ?? [], eventSinks ?? []].flat().map(sink);

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
    #readers = new Set();
    #end = { type: "" };
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
      super.then((turn) => this.#ended("done", turn), (error) => this.#ended("error", error));
    }

    #ended(type, payload) {
      this.#end = { type, payload };
      for (const reader of this.#readers) reader.end(this.#end);
      this.#look();
    }
    /** A run that nobody looks at must not fail unseen; listeners of other events do not look at its end. */
    #look() {
      const waiting = [...this.#readers].some((reader) => reader.pulled);
      if (this.#end.type !== "error" || this.#seen || waiting || this.#dispatcher.has("error")) return;
      this.#seen = true; // once is enough
      internal.unheard(this.#end.payload);
    }
    /** What a host waits for that has the run as the last value of a script (taking.py): an error that a listener took is no failure. */
    [Symbol.for("geppetto.lastValue")]() {
      return this.then(undefined, (error) => {
        if (!this.#dispatcher.has("error")) throw error;
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
    /** Add a listener; how the run has ended is told to those that come late, too. */
    on(type, listener) {
      this.#dispatcher.on(type, listener);
      const { type: ended, payload } = this.#end;
      if (type === ended) Promise.resolve().then(() => tell(type, listener, payload));
      return this;
    }
    partialTurn() {
      return wrap(op("runPartial", this.#ref));
    }
    result() {
      return op("runInferenceResult", this.#ref);
    }

    /** Give the events from now on, one by one; leaving the loop early ends the reading, not the run. */
    events() {
      const push = (event) => reader.push(event);
      const reader = new EventReader((failed) => {
        this.#dispatcher.off("event", push);
        this.#readers.delete(reader);
        if (failed) this.#seen = true;
        else this.#look();
      });
      this.#dispatcher.on("event", push);
      this.#readers.add(reader);
      if (this.#end.type) reader.end(this.#end);
      return reader;
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
        dispatcher.done(found);
        return found;
      },
      (error) => {
        dispatcher.failed(error);
        throw error;
      },
    );

  Object.assign(internal, { RunHandle, runOptions, sinks, deliver, inference });
};
