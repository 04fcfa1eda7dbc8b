// Promises across the border: those that Python settles, those that Python waits for, and rejections nobody heard of.
(function (border, settled, rejected) {
  "use strict";
  const { describe } = border;
  const NativePromise = Promise, then = Promise.prototype.then, { apply, defineProperty } = Reflect;
  const open = Object.create(null);
  let last = 0;

  const defer = () => {
    const id = ++last, entry = { touched: false };
    open[id] = entry;
    const promise = new NativePromise((resolve, reject) => { entry.resolve = resolve; entry.reject = reject; });
    // both `await` and `then` ask a promise for its constructor: so we know whether somebody will hear of a rejection
    defineProperty(promise, "constructor", { configurable: true, get() { entry.touched = true; return NativePromise; } });
    entry.promise = promise;
    return { id, promise };
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
  // errors go as text: a function that throws them would be a handle, and keep them alive through their own traceback
  const failed = (token, error) => { settled(token, describe(error), undefined); };
  const told = (token, value) => {
    try { settled(token, null, value); } catch (error) { failed(token, error); }
  };
  const watch = (promise, token) => {
    apply(then, promise, [(value) => told(token, value), (error) => failed(token, error)]);
  };
  return { defer, resolve, reject, watch };
})
