// Tools: one registry for those of the script and those of the host, called by the model or by the script itself.
(internal) => {
  "use strict";
  const { check, gp, invalid, isPlain, kindOf, later, milliseconds, misuse, oneOf, op } = internal;
  const SPEC = {
    name: "string",
    description: "string",
    parameters: "object",
    handler: "function",
    run: "function",
    version: "string",
    tags: "array",
    strict: "boolean",
    timeoutMs: "ms",
  };

  class ToolRegistry {
    #ref = op("registryNew");
    constructor() {
      internal.track(this, this.#ref);
    }

    /** The host's registry behind this one. */
    static ref(registry) {
      return registry.#ref;
    }

    register(spec, options) {
      const { replace = false } = check("register options", options, { replace: "boolean" });
      const { handler, run, ...rest } = check("tool", spec, SPEC);
      const call = handler ?? run;
      internal.named(rest.name, "tool");
      if (typeof call !== "function") throw misuse(`tool ${rest.name} handler must be a function`);
      op("registryAdd", this.#ref, rest, settling(call), replace);
      return this;
    }

    registerTool(name, spec, options) {
      const { name: inner = name, ...rest } = check("tool", spec, SPEC);
      if (inner !== name) {
        throw invalid(`tool ${String(name)}: the spec says ${JSON.stringify(inner)}`, { subject: String(name), nextStep: "leave the name out of the spec" });
      }
      return this.register({ name, ...rest }, options);
    }

    useHostTools(names, options) {
      const { replace = false, prefix = "" } = check("useHostTools options", options, {
        replace: "boolean",
        prefix: "string",
      });
      if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === "string"))) {
        throw invalid("useHostTools takes an array of names");
      }
      op("registryUse", this.#ref, names ?? null, replace, prefix);
      return this;
    }

    useGoTools(names, options) {
      return this.useHostTools(names, options);
    }

    list() {
      return op("registryList", this.#ref);
    }

    listTools() {
      return this.list();
    }

    has(name) {
      return this.list().some((tool) => tool.name === name);
    }

    call(name, args, options) {
      return op("registryCall", this.#ref, ...called(name, args, options));
    }

    callAsync(name, args, options) {
      return later("registryCallAsync", this.#ref, ...called(name, args, options));
    }
  }

  /** What only looks like a promise (it has a `then`) is waited for as `await` would. */
  const settling = (handler) => (...args) => {
    const result = handler(...args);
    return typeof result?.then === "function" ? Promise.resolve(result) : result;
  };

  function called(name, args, options) {
    if (typeof name !== "string" || !name) throw misuse("call requires the name of a tool");
    const { timeoutMs = null } = check("call options", options, { timeoutMs: "ms" });
    if (args !== undefined && args !== null && !isPlain(args)) {
      throw misuse(`${name}: arguments: expected an object, got ${kindOf(args)}`, { subject: name });
    }
    return [name, args ?? {}, timeoutMs];
  }

  const LOOP = {
    enabled: "boolean",
    maxIterations: "some",
    repeatLimit: "some",
    maxTotalTokens: "some",
    maxCost: "amount",
    toolChoice: "string",
    maxParallelTools: "some",
    executionTimeout: "duration",
    executionTimeoutMs: "ms",
    allowedTools: "array",
    toolErrorHandling: "string",
    retryMaxRetries: "count",
    retryBackoffMs: "ms",
    retryBackoffFactor: "amount",
    retryConfig: "object",
    hooks: "object",
  };
  const CHOICES = { toolChoice: ["auto", "none", "required"], toolErrorHandling: ["continue", "abort", "retry"] };

  /** Read loop settings and tool settings, which may stand in one object (`toolLoop`) or in two. */
  function settings(where, given) {
    const found = check(where, given, LOOP);
    for (const [name, known] of Object.entries(CHOICES)) {
      if (name in found && !known.includes(found[name])) {
        throw misuse(`invalid ${name} "${found[name]}", expected one of: ${known.join(", ")}`);
      }
    }
    const retry = check(`${where}.retryConfig`, found.retryConfig, {
      maxRetries: "count",
      backoffBase: "duration",
      backoffFactor: "amount",
    });
    const timeout = found.executionTimeoutMs ?? (found.executionTimeout === undefined ? undefined : milliseconds(found.executionTimeout));
    return defined({
      enabled: found.enabled,
      maxIterations: found.maxIterations,
      repeatLimit: found.repeatLimit,
      maxTotalTokens: found.maxTotalTokens,
      maxCost: found.maxCost,
      toolChoice: found.toolChoice,
      maxParallelTools: found.maxParallelTools,
      executionTimeoutMs: timeout,
      allowedTools: found.allowedTools,
      toolErrorHandling: found.toolErrorHandling,
      retryMaxRetries: found.retryMaxRetries ?? retry.maxRetries,
      retryBackoffMs: found.retryBackoffMs ?? (retry.backoffBase === undefined ? undefined : milliseconds(retry.backoffBase)),
      retryBackoffFactor: found.retryBackoffFactor ?? retry.backoffFactor,
      hooks: hooks(found.hooks) ?? undefined,
    });
  }

  const defined = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

  const HOOKS = {
    beforeToolCall: "function",
    afterToolCall: "function",
    onToolError: "function",
    hookErrorPolicy: "string",
    onHookError: "string",
    failOpen: "boolean",
    maxHookRetries: "count",
  };

  const POLICIES = ["fail-closed", "fail-open", "closed", "open"];

  /** Read hooks; null for an object without a function. */
  function hooks(given) {
    const found = check("toolHooks", given, HOOKS);
    const { beforeToolCall, afterToolCall, onToolError } = found;
    const said = ["hookErrorPolicy", "onHookError"].map((name) => oneOf(name, found[name], POLICIES));
    const policy = said.find((word) => word !== undefined);
    if (!beforeToolCall && !afterToolCall && !onToolError) return null;
    const open = found.failOpen ?? ["fail-open", "open"].includes(policy);
    return defined({ beforeToolCall, afterToolCall, onToolError, failOpen: open, maxHookRetries: found.maxHookRetries ?? 10 });
  }

  Object.assign(internal, { ToolRegistry, toolSettings: settings, toolHooks: hooks, defined });
  gp.tools = Object.freeze({ createRegistry: () => new ToolRegistry(), hostNames: () => op("hostToolNames") });
};
