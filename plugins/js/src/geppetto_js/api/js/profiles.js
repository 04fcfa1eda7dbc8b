// Profiles, schemas and factories: the host's own, under the names and in the shapes that scripts know.
(internal) => {
  "use strict";
  const { check, factoryOp: op, gp, invalid, isObject, misuse } = internal;
  const WRITE = { registrySlug: "string", write: "object" };
  const VERSION = { expectedVersion: "number", expected_version: "number", actor: "string", source: "string" };

  function target(where, given) {
    const { registrySlug = "", write } = check(where, given, WRITE);
    const { expectedVersion, expected_version, ...rest } = check("write options", write, VERSION);
    const expected = expectedVersion ?? expected_version ?? 0;
    if (expected < 0 || !Number.isInteger(expected)) throw invalid(`expectedVersion must be a whole number >= 0, got ${expected}`, { subject: "expectedVersion" });
    return [registrySlug, { ...rest, expected }];
  }

  function slug(value) {
    if (typeof value !== "string" || !value.trim()) throw misuse("profileSlug is required");
    return value;
  }

  const RESOLVE = {
    registrySlug: "string", profileSlug: "string", runtimeKeyFallback: "string", runtimeKey: "string", requestOverrides: "object",
  };

  gp.profiles = Object.freeze({
    listRegistries: () => op("listRegistries"),
    getRegistry: (registrySlug = "") => op("getRegistry", registrySlug),
    listProfiles: (registrySlug = "") => op("listProfiles", registrySlug),
    getProfile: (profileSlug, registrySlug = "") => op("getProfile", slug(profileSlug), registrySlug),
    resolve: (input) => op("resolveProfile", check("profiles.resolve input", input, RESOLVE)),
    createProfile(profile, options) {
      if (!isObject(profile)) throw misuse("createProfile requires a profile object");
      return op("createProfile", profile, ...target("createProfile options", options));
    },
    updateProfile(profileSlug, patch, options) {
      if (!isObject(patch)) throw misuse("updateProfile requires a patch object");
      return op("updateProfile", slug(profileSlug), patch, ...target("updateProfile options", options));
    },
    deleteProfile(profileSlug, options) {
      op("deleteProfile", slug(profileSlug), ...target("deleteProfile options", options));
    },
    setDefaultProfile(profileSlug, options) {
      op("setDefaultProfile", slug(profileSlug), ...target("setDefaultProfile options", options));
    },
    connectStack(sources) {
      const list = typeof sources === "string" ? sources.split(",") : sources;
      if (!Array.isArray(list) || !list.length || !list.every((source) => typeof source === "string" && source.trim())) throw misuse("connectStack requires sources");
      return op("connectStack", list.map((source) => source.trim()));
    },
    disconnectStack: () => op("disconnectStack"),
    getConnectedSources: () => op("connectedSources"),
  });

  gp.schemas = Object.freeze({
    listMiddlewares: () => op("listMiddlewareSchemas"),
    listExtensions: () => op("listExtensionSchemas"),
  });

  const INPUT = {
    profile: "string", registry: "string", runtimeKeyFallback: "string", requestOverrides: "object",
    middlewarePatch: "any", runDefaults: "object", debug: "boolean",
  };
  const DEFAULTS = { timeoutMs: "ms", tags: "object" };

  /** Read factory input: a patch may be a builder, a function of one, or what `build()` gave. */
  function input(given) {
    const found = check("factory input", given, INPUT);
    check("runDefaults", found.runDefaults, DEFAULTS);
    const patch = found.middlewarePatch;
    if (patch === undefined) return found;
    return { ...found, middlewarePatch: built(typeof patch === "function" ? edited(patch) : patch) };
  }

  const built = (patch) => (patch instanceof PatchBuilder ? patch.build() : patch);
  /** A function of a builder may return it, or another patch, or nothing. */
  const edited = (edit) => {
    const builder = new PatchBuilder();
    return edit(builder) ?? builder;
  };

  /** What makes plans, builders, sessions and engines from profiles (004). */
  class EngineFactory {
    #options;
    constructor(options) {
      this.#options = check("createEngineFactory options", options, {
        defaultRegistrySlug: "string", defaultProfileSlug: "string", allowRuntimeOverridesByDefault: "boolean",
      });
    }
    plan(given) {
      return op("factoryPlan", this.#options, input(given));
    }
    createEngine(given) {
      const made = op("factoryEngine", this.#options, input(given));
      return new internal.Engine(made, { ...made.defaults });
    }
    createBuilder(given) {
      return gp.createBuilder().withEngine(this.createEngine(given));
    }
    createSession(given) {
      return gp.createSession({ engine: this.createEngine(given) });
    }
  }

  /** Collect operations on a chain of middlewares; targets are `name#id` or `name[0]`. */
  class PatchBuilder {
    #ops = [];
    #add(op, fields) {
      this.#ops.push({ op, ...fields });
      return this;
    }
    append(use) {
      return this.#add("append", { use: useOf(use) });
    }
    prepend(use) {
      return this.#add("prepend", { use: useOf(use) });
    }
    insertBefore(target, use) {
      return this.#add("insert_before", { target, use: useOf(use) });
    }
    insertAfter(target, use) {
      return this.#add("insert_after", { target, use: useOf(use) });
    }
    configure(target, config) {
      return this.#add("configure", { target, config });
    }
    replace(target, use) {
      return this.#add("replace", { target, use: useOf(use) });
    }
    enable(target) {
      return this.#add("enable", { target });
    }
    disable(target) {
      return this.#add("disable", { target });
    }
    remove(target) {
      return this.#add("remove", { target });
    }
    build() {
      return op("checkPatch", { ops: [...this.#ops] });
    }
  }

  const useOf = (use) => (typeof use === "string" ? { name: use } : use);

  gp.factories = Object.freeze({
    createEngineFactory: (options) => new EngineFactory(options),
    middlewarePatch: () => new PatchBuilder(),
  });
};
