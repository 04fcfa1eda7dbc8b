// What makes sessions: the builder, the functions on the module, the controller that holds runs.
(internal) => {
  "use strict";
  const { callback, check, gp, invalid, isObject, misuse, op, registryOf, Session, SESSION, sessionSpec, sink } = internal;

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
      return this.#set("eventSinks", [this.#options.eventSinks ?? [], given].flat());
    }
    withSnapshotHook(hook) {
      callback("snapshotHook", hook, "snapshot");
      return this.#set("snapshotHook", hook);
    }
    withInference(inference) {
      return this.#set("inference", internal.inference(inference));
    }
    withTimeout(timeoutMs) {
      return this.#set("timeoutMs", timeoutMs);
    }
    withTags(tags) {
      return this.#set("tags", tags);
    }
    withStepController(controller) {
      return this.#set("stepController", internal.stepsOf(controller));
    }
    clone() {
      return new SessionBuilder(this.#options);
    }
    buildSession(options) {
      return new Session(sessionSpec("builder options", { ...this.#options, ...check("buildSession options", options, SESSION) }));
    }
  }

  internal.SessionBuilder = SessionBuilder;
  const needsEngine = (where, options) => {
    if (!isObject(options)) throw misuse(`${where} requires options object with engine`);
    if (options.engine instanceof SessionBuilder) throw misuse("expected engine reference, got a builder");
    if (options.engine === undefined || options.engine === null) {
      throw invalid(`${where} needs an engine`, { subject: "engine", nextStep: "{ engine: gp.engines... }, or the name of one" });
    }
    return options;
  };
  gp.createBuilder = (options) => new SessionBuilder(options);
  gp.createSession = (options) => new Session(sessionSpec("createSession options", needsEngine("createSession", options)));
  gp.runInference = function runInference(engine, turn, options) {
    if (arguments.length < 2) throw misuse("runInference requires engine and turn");
    return gp.createSession({ ...internal.sessionOptions("runInference options", options), engine }).run(turn);
  };

  /** Hold runs of the sessions it is enabled for; a pause shows as the event `debugger.pause`. */
  class StepController {
    constructor() {
      Object.defineProperty(this, "ref", { value: op("stepsNew"), enumerable: false });
    }
    enable(session) {
      return this.#hold(session, true);
    }
    disable(session) {
      return this.#hold(session, false);
    }
    #hold(session, held) {
      if (!(session instanceof Session)) throw misuse("a step controller needs a session");
      op("stepsEnable", this.ref, session.sessionId, held);
      return this;
    }
    resume(pauseId) {
      return op("stepsResume", this.ref, pauseId);
    }
    waiting() {
      return op("stepsWaiting", this.ref);
    }
  }
  internal.StepController = StepController;
  gp.createStepController = () => new StepController();
};
