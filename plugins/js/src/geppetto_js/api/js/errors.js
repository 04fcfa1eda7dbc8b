// Errors as scripts see them: one class with a stable code, the phase, and the middleware that is to blame.
(internal) => {
  "use strict";
  const { host, gp } = internal;
  const { setTimeout } = globalThis; // a script may put its own in the place

  /** Errors for arguments of the wrong kind, which are TypeErrors as in the language, and ours as well. */
  const typeErrors = new WeakSet();
  const isInstance = Function.prototype[Symbol.hasInstance];

  class GeppettoError extends Error {
    constructor(message, about = {}) {
      super(message);
      Object.assign(this, about);
      this.code ??= "GEPPETTO_JS_INVALID_OPTION";
    }
    static [Symbol.hasInstance](error) {
      return isInstance.call(this, error) || (this === GeppettoError && typeErrors.has(error));
    }
  }
  class GeppettoFactoryError extends GeppettoError {}
  for (const type of [GeppettoError, GeppettoFactoryError]) {
    Object.defineProperty(type.prototype, "name", { value: type.name, writable: true, configurable: true });
  }

  const codes = host.errorCodes();
  const factoryCodes = new Set(codes.factory);

  /** Give an error of the host the class and the code that scripts test for; the code says which class, unless one is given. */
  function upgrade(error, given) {
    if (error instanceof Error && typeof error.code === "string" && !(error instanceof GeppettoError)) {
      error.code = codes.names[error.code] ?? error.code;
      const type = given ?? (factoryCodes.has(error.code) ? GeppettoFactoryError : GeppettoError);
      Object.setPrototypeOf(error, type.prototype);
      delete error.name;
      if (error.details?.js_stack) error.jsStack = error.details.js_stack;
      if (error.details?.middleware) error.middlewareName = error.details.middleware;
    }
    return error;
  }

  function rethrow(error) {
    throw upgrade(error);
  }

  internal.upgrade = upgrade;
  internal.rethrow = rethrow;
  const calling = (type) => (name, ...args) => {
    try {
      return host[name](...args);
    } catch (error) {
      throw upgrade(error, type);
    }
  };
  /** Call the host; its errors become ours. */
  internal.op = calling();
  /** Call the host about profiles, schemas and factories: whatever goes wrong there is of that class (004). */
  internal.factoryOp = calling(GeppettoFactoryError);
  /** Call the host, which answers with a promise. */
  internal.later = (name, ...args) => {
    try {
      return host[name](...args).catch(rethrow);
    } catch (error) {
      return Promise.reject(upgrade(error));
    }
  };
  /** Let an error that no code of the script has heard of be one that nobody handled. */
  internal.unheard = (error) => setTimeout(() => rethrow(error), 0);
  internal.misuse = (message, about = {}) => {
    const error = Object.assign(new TypeError(message), { code: "GEPPETTO_JS_INVALID_OPTION", phase: "configure", ...about });
    typeErrors.add(error);
    return error;
  };
  internal.invalid = (message, about = {}) =>
    new GeppettoError(message, { code: "GEPPETTO_JS_INVALID_OPTION", phase: "configure", ...about });

  gp.errors = Object.freeze({
    GeppettoError,
    GeppettoFactoryError,
    codes: Object.freeze(Object.fromEntries([...Object.values(codes.names), ...codes.factory, ...codes.host].map((code) => [code, code]))),
    is: (error, code) => error instanceof GeppettoError && (code === undefined || error.code === code),
    codeOf: (error) => (error instanceof Error && typeof error.code === "string" ? error.code : null),
  });
};
