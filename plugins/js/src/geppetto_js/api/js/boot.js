// Puts the parts of the module together; what it returns gives the exports, which never leave JavaScript.
(function (host, parts) {
  "use strict";
  const gp = {};
  const gone = new FinalizationRegistry((ref) => host.release(ref));
  const internal = { gp, host, track: (object, ref) => gone.register(object, ref) };
  for (const part of parts) part(internal);
  Object.freeze(gp);
  return () => gp;
})
