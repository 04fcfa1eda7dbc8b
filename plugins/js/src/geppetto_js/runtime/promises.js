// Promises across the border: those that Python settles, those that Python waits for, and rejections nobody handles.
(function (border, settled, rejected) {
  "use strict";
  const { describe, hold } = border;
  const NativePromise = Promise, then = Promise.prototype.then, { apply, defineProperty } = Reflect;
  const { set: mapSet, delete: mapDelete, clear: mapClear, forEach: mapEach } = Map.prototype;
  const open = Object.create(null), unhandled = new Map();
  let last = 0, tracking = false;

  // ---- rejections: the engine tells of each that nobody handles, and again of a late handler
  const track = (promise, reason, handled) => {
    if (handled) apply(mapDelete, unhandled, [promise]);
    else apply(mapSet, unhandled, [promise, reason]);
  };
  const takeUnhandled = () => {
    const texts = [];
    apply(mapEach, unhandled, [(reason) => { texts[texts.length] = describe(reason); }]);
    apply(mapClear, unhandled, []);
    return texts;
  };
  const startTracking = () => { tracking = true; };
  // an engine that does not tell: `await` and `then` ask a promise for its constructor, so we know whether they came
  const watchTouch = (promise, entry) => {
    defineProperty(promise, "constructor", { configurable: true, get() { entry.touched = true; return NativePromise; } });
  };

  // ---- settled by Python
  const defer = () => {
    const id = ++last, entry = { touched: tracking };
    open[id] = entry;
    const promise = new NativePromise((resolve, reject) => { entry.resolve = resolve; entry.reject = reject; });
    if (!tracking) watchTouch(promise, entry);
    return [id, hold(promise)]; // held for the script, so that it still counts as one that nobody handles
  };
  const resolve = (id, value) => { const entry = open[id]; delete open[id]; entry.resolve(value); };
  const reject = (id, raise) => {
    const entry = open[id];
    delete open[id];
    try { raise(); } catch (error) {
      entry.reject(error);
      if (!entry.touched) rejected(describe(error));
    }
  };

  // ---- waited for by Python
  // errors go as text: a function that throws them would be a handle, and keep them alive through their own traceback
  const failed = (token, error) => { settled(token, describe(error), undefined); };
  const told = (token, value) => {
    try { settled(token, null, value); } catch (error) { failed(token, error); }
  };
  const watch = (promise, token) => {
    apply(then, promise, [(value) => told(token, value), (error) => failed(token, error)]);
  };
  return { defer, resolve, reject, watch, track, startTracking, takeUnhandled };
})
