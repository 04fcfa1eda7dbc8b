// What is left of the module: constants, defaults, debug counters, the version; then it is closed.
(internal) => {
  "use strict";
  const { gp, host, op } = internal;

  const deepFrozen = (value) => {
    if (value && typeof value === "object") Object.values(value).forEach(deepFrozen);
    return Object.freeze(value);
  };

  gp.version = host.version();
  gp.consts = deepFrozen(host.consts());
  gp.describeDefaults = () => op("describeDefaults");
  gp.debug = Object.freeze({
    bridgeStats: () => op("bridgeStats"),
    resetBridgeStats: () => op("resetBridgeStats"),
    budget: () => op("bridgeBudget"),
    audit: () => op("auditLog"),
  });
};
