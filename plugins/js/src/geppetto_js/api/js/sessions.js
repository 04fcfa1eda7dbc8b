// Sessions and runs: what is asked for goes to the host as plain data; what is running is a promise and a handle in one.
(internal) => {
  "use strict";
  const { check, defined, Dispatcher, gp, invalid, isObject, later, lowered, op, plain, sink, wrap } = internal;

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
    const listeners = { ...check.listeners(found.on) };
    if (found.onEvent) listeners.event = found.onEvent;
    if (found.onDone) listeners.done = found.onDone;
    if (found.onError) listeners.error = found.onError;
    for (const [type, listener] of Object.entries(listeners)) dispatcher.on(type, listener);
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
  check.listeners = (given) => {
    for (const [type, listener] of Object.entries(given ?? {})) {
      if (typeof listener !== "function") throw invalid(`on.${type} must be a function`);
    }
    return given;
  };

  const sinks = ({ eventSink, eventSinks }) =>
    [...(eventSink ? [eventSink] : []), ...(Array.isArray(eventSinks) ? eventSinks : eventSinks ? [eventSinks] : [])].map(sink);

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

  const SESSION = {
    engine: "any",
    middlewares: "array",
    tools: "any",
    toolRegistry: "any",
    toolLoop: "object",
    toolConfig: "object",
    toolHooks: "object",
    persister: "any",
    snapshotHook: "any",
    eventSink: "any",
    eventSinks: "any",
    inference: "object",
    timeoutMs: "ms",
    tags: "object",
    overflow: "string",
    queueSize: "count",
    sessionId: "string",
    stepController: "any",
  };

  /** Read what a session is made of, on top of what its engine brings. */
  function sessionSpec(where, given) {
    const found = check(where, given, SESSION);
    const engine = internal.engineOf(found.engine);
    const base = engine.defaults;
    const toolConfig = internal.toolSettings("toolConfig", found.toolConfig ?? {});
    const { hooks, ...loop } = { ...base.toolLoop, ...toolConfig, ...internal.toolSettings("toolLoop", found.toolLoop ?? {}) };
    const registry = registryOf(found.tools ?? found.toolRegistry) ?? base.tools;
    const spec = defined({
      engine: engine.ref,
      middlewares: [...lowered(found.middlewares), ...(base.middlewares ?? [])],
      tools: registry && loop.enabled !== false ? internal.ToolRegistry.ref(registry) : undefined,
      loop: { ...(Object.keys(loop).length ? { maxParallelTools: 1 } : {}), ...loop },
      hooks: internal.toolHooks(found.toolHooks ?? {}) ?? internal.toolHooks(hooks ?? {}) ?? base.hooks ?? undefined,
      persister: callback("persister", found.persister ?? base.persister, "persistTurn"),
      snapshotHook: callback("snapshotHook", found.snapshotHook ?? base.snapshotHook, "snapshot"),
      sinks: [...sinks(found), ...(base.sinks ?? [])],
      inference: found.inference || base.inference ? { ...base.inference, ...found.inference } : undefined,
      timeoutMs: found.timeoutMs ?? base.timeoutMs,
      tags: found.tags || base.tags ? { ...base.tags, ...found.tags } : undefined,
      overflow: found.overflow,
      queueSize: found.queueSize,
      sessionId: found.sessionId,
      stepController: found.stepController?.ref,
    });
    // the host forgets what no script holds any more: these are held as long as the spec
    return Object.defineProperty(spec, "held", { value: [engine, registry, found.stepController], enumerable: false });
  }

  /** Return the registry for what may be given as tools. */
  function registryOf(tools) {
    if (tools === undefined || tools === null || tools instanceof internal.ToolRegistry) return tools ?? undefined;
    if (!Array.isArray(tools)) throw new TypeError(`expected tool registry reference, got ${typeof tools}`);
    const registry = gp.tools.createRegistry();
    for (const tool of tools) typeof tool === "string" ? registry.useHostTools([tool]) : registry.register(tool);
    return registry;
  }

  function callback(what, given, method) {
    if (given === undefined || given === null) return undefined;
    if (typeof given === "function") return (...args) => given(...args);
    if (typeof given?.[method] === "function") return (...args) => given[method](...args);
    throw new TypeError(`expected ${what} reference, got ${typeof given}`);
  }

  /** A conversation with one active run at a time. */
  class Session {
    #ref;
    #uses = [];
    #spec;

    constructor(spec) {
      this.#spec = spec;
      const made = op("sessionNew", spec);
      this.#ref = made.ref;
      internal.track(this, made.ref);
      Object.defineProperty(this, "sessionId", { value: made.sessionId, enumerable: true });
    }

    append(turn) {
      return wrap(op("sessionAppend", this.#ref, plain(turn)));
    }
    latest() {
      return wrap(op("sessionLatest", this.#ref));
    }
    turnCount() {
      return op("sessionCount", this.#ref);
    }
    turns() {
      return op("sessionTurns", this.#ref, null, null).map(wrap);
    }
    getTurn(index) {
      return wrap(op("sessionTurn", this.#ref, index));
    }
    turnsRange(start = 0, end) {
      return op("sessionTurns", this.#ref, start, end ?? null).map(wrap);
    }
    isRunning() {
      return op("sessionIsRunning", this.#ref);
    }
    cancelActive() {
      op("sessionCancel", this.#ref);
    }
    approve(callId) {
      op("sessionApprove", this.#ref, callId);
      return this;
    }
    answer(callId, result, error) {
      op("sessionAnswer", this.#ref, callId, result ?? null, error ?? "");
      return this;
    }

    run(turn, options) {
      const dispatcher = new Dispatcher();
      const given = runOptions(options, dispatcher);
      const args = [this.#ref, plain(turn) ?? null, given, deliver(dispatcher)];
      try {
        const result = wrap(op("sessionRun", ...args));
        dispatcher.emit("done", result);
        return result;
      } catch (error) {
        if (error instanceof Error) dispatcher.emit("error", Object.assign(error, { type: "error", error: error.message }));
        throw error;
      }
    }
    start(turn, options) {
      const dispatcher = new Dispatcher();
      const given = runOptions(options, dispatcher);
      return new RunHandle(op("sessionStart", this.#ref, plain(turn) ?? null, given, deliver(dispatcher)), dispatcher);
    }
    runAsync(turn, options) {
      return this.start(turn, options);
    }
    runStream(turn, options) {
      return this.start(turn, options);
    }
    runTurn(turn, options) {
      return this.run(turn, options);
    }

    /** Add a middleware to a session that has not run yet (003 §28, B2). */
    use(middleware) {
      if (this.turnCount()) throw invalid("use: the session has begun already", { nextStep: "make another session" });
      this.#uses.push(internal.use(middleware, this.#uses.length));
      const middlewares = [...this.#spec.middlewares, ...lowered(this.#uses)];
      op("sessionReplace", this.#ref, { ...this.#spec, middlewares });
      return this;
    }
    /** Run a prompt and give the text of the reply. */
    ask(prompt, options) {
      return this.run(String(prompt), options).text();
    }
    askAsync(prompt, options) {
      return this.start(String(prompt), options).then((turn) => turn.text());
    }
    close() {
      if (this.isRunning()) this.cancelActive();
    }
  }

  /** What the host calls with a batch of events; it looks for listeners late, for they are added after the start. */
  const deliver = (dispatcher) => (batch) => {
    for (const event of batch) dispatcher.hand(event);
  };

  /** Collect what a session is made of; `buildSession()` may be called any number of times. */
  class SessionBuilder {
    #options;
    constructor(options = {}) {
      this.#options = { ...check("builder options", options, SESSION), middlewares: [...(options?.middlewares ?? [])] };
    }
    #set(name, value) {
      this.#options[name] = value;
      return this;
    }
    withEngine(engine) {
      internal.engineOf(engine);
      return this.#set("engine", engine);
    }
    useMiddleware(middleware) {
      this.#options.middlewares.push(internal.use(middleware, this.#options.middlewares.length));
      return this;
    }
    use(middleware) {
      return this.useMiddleware(middleware);
    }
    useHostMiddleware(name, options) {
      return this.useMiddleware(gp.middlewares.host(name, options));
    }
    useGoMiddleware(name, options) {
      return this.useHostMiddleware(name, options);
    }
    withTools(registry, toolLoop) {
      registryOf(registry);
      if (toolLoop !== undefined) this.withToolLoop(toolLoop);
      return this.#set("tools", registry);
    }
    withToolLoop(settings) {
      internal.toolSettings("toolLoop", settings);
      return this.#set("toolLoop", settings);
    }
    withToolConfig(settings) {
      internal.toolSettings("toolConfig", settings);
      return this.#set("toolConfig", settings);
    }
    withToolHooks(hooks) {
      return this.#set("toolHooks", hooks);
    }
    withPersister(persister) {
      callback("persister", persister, "persistTurn");
      return this.#set("persister", persister);
    }
    withEventSink(given) {
      sink(given);
      return this.#set("eventSinks", [...(this.#options.eventSinks ?? []), given]);
    }
    withSnapshotHook(hook) {
      callback("snapshotHook", hook, "snapshot");
      return this.#set("snapshotHook", hook);
    }
    withInference(inference) {
      return this.#set("inference", inference);
    }
    withTimeout(timeoutMs) {
      return this.#set("timeoutMs", timeoutMs);
    }
    withTags(tags) {
      return this.#set("tags", tags);
    }
    withStepController(controller) {
      return this.#set("stepController", controller);
    }
    clone() {
      return new SessionBuilder(this.#options);
    }
    buildSession(options) {
      return new Session(sessionSpec("builder options", { ...this.#options, ...options }));
    }
  }

  Object.assign(internal, { Session, SessionBuilder, sessionSpec, registryOf });
  const needsEngine = (where, options) => {
    if (!isObject(options)) throw new TypeError(`${where} requires options object with engine`);
    if (options.engine instanceof SessionBuilder) throw new TypeError("expected engine reference, got a builder");
    return options;
  };
  gp.createBuilder = (options) => new SessionBuilder(options);
  gp.createSession = (options) => new Session(sessionSpec("createSession options", needsEngine("createSession", options)));
  gp.runInference = function runInference(engine, turn, options) {
    if (arguments.length < 2) throw new TypeError("runInference requires engine and turn");
    return gp.createSession({ ...options, engine }).run(turn);
  };
  gp.createStepController = () => new StepController();

  /** Hold runs of the sessions it is enabled for; a pause shows as the event `debugger.pause`. */
  class StepController {
    constructor() {
      Object.defineProperty(this, "ref", { value: op("stepsNew"), enumerable: false });
    }
    enable(session) {
      op("stepsEnable", this.ref, session.sessionId, true);
      return this;
    }
    disable(session) {
      op("stepsEnable", this.ref, session.sessionId, false);
      return this;
    }
    resume(pauseId) {
      return op("stepsResume", this.ref, pauseId);
    }
    waiting() {
      return op("stepsWaiting", this.ref);
    }
  }
};
