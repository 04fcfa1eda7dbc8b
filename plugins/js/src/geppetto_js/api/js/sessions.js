// Sessions: what they are made of goes to the host as plain data; their history comes back as copies.
(internal) => {
  "use strict";
  const { check, defined, deliver, Dispatcher, gp, invalid, kindOf, lowered, misuse, need, op, plain, RunHandle, runOptions, sinks, wrap } = internal;

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
    queueSize: "some",
    sessionId: "string",
    stepController: "any",
  };
  const { engine: _engine, ...OWN } = SESSION;

  /** Read what is given for the sessions of one engine. */
  const sessionOptions = (where, given) => check(where, given, OWN);

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
      loop,
      hooks: internal.toolHooks(found.toolHooks ?? {}) ?? internal.toolHooks(hooks ?? {}) ?? base.hooks ?? undefined,
      persister: callback("persister", found.persister ?? base.persister, "persistTurn"),
      snapshotHook: callback("snapshotHook", found.snapshotHook ?? base.snapshotHook, "snapshot"),
      sinks: [...sinks(found), ...(base.sinks ?? [])],
      inference: found.inference || base.inference ? { ...base.inference, ...internal.inference(found.inference) } : undefined,
      timeoutMs: found.timeoutMs ?? base.timeoutMs,
      tags: found.tags || base.tags ? { ...base.tags, ...found.tags } : undefined,
      overflow: found.overflow,
      queueSize: found.queueSize,
      sessionId: found.sessionId,
      stepController: stepsOf(found.stepController)?.ref,
    });
    // the host forgets what no script holds any more: these are held as long as the spec
    return Object.defineProperty(spec, "held", { value: [engine, registry, found.stepController], enumerable: false });
  }

  function stepsOf(given) {
    if (given === undefined || given instanceof internal.StepController) return given;
    throw invalid(`expected step controller reference, got ${kindOf(given)}`, { subject: "stepController", nextStep: "gp.createStepController()" });
  }

  /** Return the registry for what may be given as tools. */
  function registryOf(tools) {
    if (tools === undefined || tools === null || tools instanceof internal.ToolRegistry) return tools ?? undefined;
    if (!Array.isArray(tools)) throw misuse(`expected tool registry reference, got ${typeof tools}`);
    const registry = gp.tools.createRegistry();
    for (const tool of tools) typeof tool === "string" ? registry.useHostTools([tool]) : registry.register(tool);
    return registry;
  }

  function callback(what, given, method) {
    if (given === undefined || given === null) return undefined;
    if (typeof given === "function") return (...args) => given(...args);
    if (typeof given?.[method] === "function") return (...args) => given[method](...args);
    throw misuse(`expected ${what} reference, got ${typeof given}`);
  }

  function textOf(prompt) {
    if (typeof prompt === "string") return prompt;
    const nextStep = typeof prompt?.then === "function" ? "await it first" : "give a text; run() takes turns";
    throw invalid(`ask: prompt: expected a text, got ${kindOf(prompt)}`, { subject: "prompt", nextStep });
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
      return wrap(op("sessionTurn", this.#ref, need("getTurn", "index", index, "integer")));
    }
    turnsRange(start = 0, end) {
      need("turnsRange", "start", start, "integer");
      return op("sessionTurns", this.#ref, start, end == null ? null : need("turnsRange", "end", end, "integer")).map(wrap);
    }
    isRunning() {
      return op("sessionIsRunning", this.#ref);
    }
    cancelActive() {
      op("sessionCancel", this.#ref);
    }
    approve(callId) {
      op("sessionApprove", this.#ref, need("approve", "callId", callId, "string"));
      return this;
    }
    answer(callId, result, error) {
      need("answer", "callId", callId, "string");
      op("sessionAnswer", this.#ref, callId, result ?? null, error == null ? "" : need("answer", "error", error, "string"));
      return this;
    }

    run(turn, options) {
      const dispatcher = new Dispatcher(true);
      const given = runOptions(options, dispatcher);
      const args = [this.#ref, plain(turn) ?? null, given, deliver(dispatcher)];
      op("sessionCheckIdle", this.#ref);
      try {
        const result = wrap(op("sessionRun", ...args));
        dispatcher.done(result);
        return result;
      } catch (error) {
        if (error instanceof Error) dispatcher.failed(error);
        throw error;
      }
    }
    start(turn, options) {
      const dispatcher = new Dispatcher(true);
      const given = runOptions(options, dispatcher);
      op("sessionCheckIdle", this.#ref);
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
      if (this.turnCount() || this.isRunning()) {
        throw invalid("use: the session has begun already", { nextStep: "make another session" });
      }
      const uses = [...this.#uses, internal.use(middleware, this.#uses.length)];
      op("sessionReplace", this.#ref, { ...this.#spec, middlewares: [...this.#spec.middlewares, ...lowered(uses)] });
      this.#uses = uses; // a middleware that was refused is not there the next time
      return this;
    }
    /** Run a prompt and give the text of the reply. */
    ask(prompt, options) {
      return this.run(textOf(prompt), options).text();
    }
    askAsync(prompt, options) {
      return this.start(textOf(prompt), options).then((turn) => turn.text());
    }
    close() {
      if (this.isRunning()) this.cancelActive();
    }
  }

  Object.assign(internal, { callback, registryOf, Session, SESSION, sessionOptions, sessionSpec, stepsOf });
};
