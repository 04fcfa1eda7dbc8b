// Engines: by provider, by profile, from settings, or from a function of the script.
(internal) => {
  "use strict";
  const { check, defined, factoryOp, gp, invalid, isObject, isPlain, lowered, misuse, op } = internal;

  /** An engine with what it brings to every session on it. */
  class Engine {
    #ref;
    #defaults;
    #base;
    constructor(made, defaults = {}, base) {
      this.#ref = made.ref;
      this.#defaults = defaults;
      this.#base = base; // the engine that it is, with other defaults: that one is tracked
      if (!base) internal.track(this, made.ref);
      for (const name of ["id", "name", "provider", "metadata"]) {
        if (made[name] !== undefined) Object.defineProperty(this, name, { value: made[name], enumerable: true });
      }
    }
    static parts(engine) {
      return { ref: engine.#ref, defaults: engine.#defaults, engine };
    }
    buildSession(options) {
      return gp.createSession({ ...internal.sessionOptions("buildSession options", options), engine: this });
    }
    run(turn, options) {
      return this.buildSession().run(turn, options);
    }
    runAsync(turn, options) {
      return this.buildSession().start(turn, options);
    }
    start(turn, options) {
      return this.buildSession().start(turn, options);
    }
    runStream(turn, options) {
      return this.buildSession().start(turn, options);
    }
  }

  /** Return an engine's parts; raise TypeError for what is none. */
  function engineOf(given) {
    if (given instanceof Engine) return Engine.parts(given);
    if (typeof given === "string") return Engine.parts(ofProvider("provider", { provider: given }));
    if (given === undefined || given === null) {
      throw invalid("builder has no engine configured", { subject: "engine", nextStep: "withEngine(gp.engines...)" });
    }
    const got = given instanceof internal.EngineBuilder || given instanceof internal.SessionBuilder ? "a builder: call build()" : typeof given;
    throw misuse(`expected engine reference, got ${got}`);
  }

  const make = (kind, options, defaults) => new Engine(op("engineNew", kind, options), defaults);

  /** An engine of a provider: what the script has registered under that name goes before the host's. */
  function ofProvider(kind, options, defaults = {}) {
    const factory = options.provider && internal.plugins.engine(options.provider);
    if (!factory) return make(kind, options, defaults);
    const { provider: name, settings, ...rest } = options;
    const fn = factory(settings ?? {});
    if (!(fn instanceof Engine)) return make("create", { ...rest, name, fn }, defaults);
    const { ref, defaults: own } = Engine.parts(fn);
    return new Engine({ ...fn, ref }, { ...own, ...defaults }, fn);
  }

  const OVERRIDES = {
    model: "string", temperature: "number", topP: "number", maxTokens: "some", maxOutputTokens: "some", stop: "array|string",
    seed: "count", apiKey: "string", baseUrl: "string", baseURL: "string", reasoningEffort: "string", reasoningBudget: "count",
    stream: "boolean", organization: "string", settings: "object",
  };
  const CONFIG = {
    ...OVERRIDES, profile: "string", apiType: "string", provider: "string", timeoutSeconds: "number", timeoutMs: "ms",
  };
  const { provider: _provider, ...SHORTCUT } = CONFIG;

  const setting = {
    maxTokens: "max_output_tokens", maxOutputTokens: "max_output_tokens", topP: "top_p", apiKey: "api_key",
    baseUrl: "base_url", baseURL: "base_url", reasoningEffort: "reasoning_effort", reasoningBudget: "reasoning_budget",
  };

  /** Settings of the engine as the host names them. */
  function settings(given) {
    const { settings: own = {}, ...rest } = given;
    const named = Object.entries(rest).map(([name, value]) => [setting[name] ?? name, name === "stop" ? [value].flat() : value]);
    return { ...Object.fromEntries(named), ...snake(own) };
  }
  const snake = (values) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [setting[name] ?? name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
    );

  function fromConfig(given, where = "fromConfig options") {
    if (!isObject(given)) throw misuse("fromConfig requires options object");
    const { profile, apiType, provider, timeoutSeconds, timeoutMs, ...rest } = check(where, given, CONFIG);
    const model = rest.model ?? profile ?? "gpt-4o-mini";
    const timeout = timeoutMs ?? (timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000);
    const options = { provider: provider ?? apiType ?? providerOf(model), settings: settings({ ...rest, model }) };
    return ofProvider("config", options, defined({ timeoutMs: timeout }));
  }

  function providerOf(model) {
    if (model.includes("gemini")) return "gemini";
    if (model.includes("claude")) return "claude";
    return /^(o1|o3|o4|gpt-5)/.test(model) ? "openai-responses" : "openai";
  }

  const PROFILE = { runtimeKey: "string", requestOverrides: "object", profile: "string" };

  function fromProfile(profile, options) {
    const given = isObject(profile) ? profile : { profile, ...options };
    if ("registrySlug" in given) {
      throw invalid(
        "engines.fromProfile options.registrySlug has been removed; load profile registries in stack order and resolve by profile slug",
        { subject: "registrySlug" },
      );
    }
    return new Engine(factoryOp("engineNew", "profile", check("engines.fromProfile options", given, PROFILE)));
  }

  function fromFunction(fn, options) {
    if (typeof fn !== "function") throw misuse("fromFunction requires a function");
    const { name = "jsFunction" } = check("fromFunction options", options, { name: "string" });
    return make("function", { name, fn: internal.engineFunction(fn) });
  }

  const CREATE = {
    provider: "string", profile: "string", overrides: "object", settings: "object", requestOverrides: "object", middlewares: "array",
    tools: "any", toolRegistry: "any", toolLoop: "object", toolConfig: "object", toolHooks: "object", eventSinks: "any",
    snapshotHook: "any", persister: "any", inference: "object", timeoutMs: "ms", tags: "object", maxIterations: "some",
  };

  /** `createEngine({provider, profile, overrides, middlewares, tools, ...})` (003 §9.2, §17.1). */
  function createEngine(given) {
    if (!isObject(given)) throw misuse("createEngine requires options object");
    const found = check("createEngine options", given, CREATE);
    const options = target(found);
    const defaults = engineDefaults(found);
    op("middlewaresCheck", defaults.middlewares);
    return ofProvider("create", options, defaults);
  }

  function target(found) {
    if (!found.provider && !found.profile) {
      throw invalid("missing provider", { subject: "provider", nextStep: "name a provider or a profile" });
    }
    const overrides = check("overrides", found.overrides, OVERRIDES);
    const own = settings({ ...overrides, settings: { ...overrides.settings, ...found.settings } });
    const model = !found.profile || op("hasProfile", found.profile) ? {} : modelOf(found);
    return defined({
      provider: found.provider,
      profile: model.model ? undefined : found.profile,
      settings: { ...model, ...own },
      requestOverrides: found.requestOverrides,
    });
  }

  /** Where no registry knows a profile of that name, `profile` beside a provider is the model, as the early documents had it. */
  function modelOf(found) {
    if (!found.provider) return {};
    return { model: { "4o-mini": "gpt-4o-mini", "4o": "gpt-4o" }[found.profile] ?? found.profile };
  }

  function engineDefaults(found) {
    const tools = found.tools;
    const { registry, ...config } = isPlain(tools) ? tools : { registry: tools };
    const loop = {
      ...internal.toolSettings("tools", config),
      ...internal.toolSettings("toolConfig", found.toolConfig ?? {}),
      ...internal.toolSettings("toolLoop", found.toolLoop ?? {}),
      ...(found.maxIterations === undefined ? {} : { maxIterations: found.maxIterations }),
    };
    return defined({
      middlewares: lowered(found.middlewares),
      tools: internal.registryOf(found.toolRegistry ?? registry),
      toolLoop: Object.keys(loop).length ? loop : undefined,
      hooks: internal.toolHooks(found.toolHooks ?? {}) ?? undefined,
      sinks: found.eventSinks && [found.eventSinks].flat().map(internal.sink),
      snapshotHook: found.snapshotHook,
      persister: found.persister,
      inference: internal.inference(found.inference),
      timeoutMs: found.timeoutMs,
      tags: found.tags,
    });
  }

  /** An engine of the script: it returns a turn or a text; without either, the turn it was given and may have changed. */
  internal.engineFunction = (fn) => (given, ctx) => {
    const turn = internal.wrap(given);
    const result = fn(turn, ctx);
    return typeof result?.then === "function" ? result.then((found) => found ?? turn) : (result ?? turn);
  };

  internal.noOptions.push(Engine);
  Object.assign(internal, { ENGINE: CREATE, Engine, engineOf, engineOverrides: OVERRIDES });

  const shortcut = (provider) => (options) => {
    const where = `engines.${provider} options`;
    const example = `{model: ${JSON.stringify(String(options))}}`;
    if (typeof options === "string") throw invalid(`${where} must be an object, got string: ${example}`, { nextStep: `pass ${example}` });
    return fromConfig({ ...check(where, options, SHORTCUT), provider }, where);
  };
  gp.engines = Object.freeze({
    echo: (options) => make("echo", check("engines.echo options", options, { reply: "string" })),
    fromFunction,
    fromConfig,
    fromProfile,
    openai: shortcut("openai"),
    openaiResponses: shortcut("openai-responses"),
    claude: shortcut("claude"),
    gemini: shortcut("gemini"),
    names: () => internal.plugins.engineNames(),
  });
  gp.createEngine = createEngine;
};
