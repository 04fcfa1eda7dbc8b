// How Python sets a global.
(function () {
  "use strict";
  const { defineProperty } = Object, scope = globalThis;
  const define = (name, value) => {
    defineProperty(scope, name, { value, writable: true, configurable: true, enumerable: false });
  };
  return { define };
})
