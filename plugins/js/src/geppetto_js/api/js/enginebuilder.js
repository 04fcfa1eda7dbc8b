// The fluent builder of engines.
(internal) => {
  "use strict";
  const { check, engineOverrides, gp, invalid } = internal;

  /** Collect an engine step by step; after `build()` it is frozen, `clone()` gives an open copy. */
  class EngineBuilder {
    #values = { middlewares: [] };
    #frozen = false;
    #set(name, value) {
      if (this.#frozen) {
        throw invalid("the builder is frozen after build()", { code: "BUILDER_FROZEN", nextStep: "change a clone() of it" });
      }
      this.#values[name] = value;
      return this;
    }
    provider(name) {
      return this.#set("provider", name);
    }
    profile(name) {
      return this.#set("profile", name);
    }
    settings(overrides) {
      return this.#set("overrides", { ...this.#values.overrides, ...check("settings", overrides, engineOverrides) });
    }
    requestOverrides(overrides) {
      return this.#set("requestOverrides", overrides);
    }
    use(middleware) {
      const list = this.#values.middlewares;
      return this.#set("middlewares", [...list, internal.use(middleware, list.length)]);
    }
    middleware(middleware) {
      return this.use(middleware);
    }
    tools(config) {
      return this.#set("tools", config);
    }
    toolRegistry(registry) {
      return this.#set("toolRegistry", registry);
    }
    toolLoop(config) {
      return this.#set("toolLoop", config);
    }
    toolConfig(config) {
      return this.#set("toolConfig", config);
    }
    toolHooks(hooks) {
      return this.#set("toolHooks", hooks);
    }
    maxIterations(count) {
      return this.#set("maxIterations", count);
    }
    eventSink(given) {
      return this.#set("eventSinks", [...(this.#values.eventSinks ?? []), given]);
    }
    snapshotHook(hook) {
      return this.#set("snapshotHook", hook);
    }
    persister(persister) {
      return this.#set("persister", persister);
    }
    inference(options) {
      return this.#set("inference", options);
    }
    timeout(timeoutMs) {
      return this.#set("timeoutMs", timeoutMs);
    }
    tags(tags) {
      return this.#set("tags", tags);
    }
    clone() {
      const copy = new EngineBuilder();
      copy.#values = { ...this.#values, middlewares: [...this.#values.middlewares] };
      return copy;
    }
    build() {
      const engine = gp.createEngine(this.#values);
      this.#frozen = true;
      return engine;
    }
    buildSession(options) {
      return this.build().buildSession(options);
    }
  }

  internal.EngineBuilder = EngineBuilder;
  gp.engineBuilder = () => new EngineBuilder();
};
