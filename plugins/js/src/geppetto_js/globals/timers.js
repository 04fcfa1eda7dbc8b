// Timers and `sleep`: the host's clock says when, the functions stay here.
(function (border, later, forget) {
  "use strict";
  const timers = Object.create(null), { apply } = Reflect, NativePromise = Promise;
  let last = 0;

  const start = (entry) => {
    if (typeof entry.run !== "function") throw new TypeError("a timer needs a function");
    const id = ++last;
    later(id, entry.pause); // which may refuse
    timers[id] = entry;
    return id;
  };
  const pauseOf = (pause, least) => { pause = +pause; return pause >= least ? pause : least; };
  const clear = (id) => {
    if (timers[id] === undefined) return; // it is over, or nobody's
    delete timers[id];
    forget(+id);
  };
  const drop = (id) => { delete timers[id]; };
  const fire = (id) => {
    const entry = timers[id];
    if (entry === undefined) return undefined; // it was cleared
    if (entry.again) later(id, entry.pause);
    else delete timers[id];
    const result = apply(entry.run, undefined, entry.args);
    return result instanceof NativePromise ? result : undefined;
  };

  const define = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  define("setTimeout", function setTimeout(run, pause, ...args) { return start({ run, pause: pauseOf(pause, 0), args }); });
  define("setInterval", function setInterval(run, pause, ...args) {
    return start({ run, pause: pauseOf(pause, 1), args, again: true });
  });
  define("clearTimeout", function clearTimeout(id) { clear(id); });
  define("clearInterval", function clearInterval(id) { clear(id); });
  define("sleep", function sleep(pause) {
    return new NativePromise((resolve) => { start({ run: () => { resolve(); }, pause: pauseOf(pause, 0), args: [] }); });
  });
  const settledPromise = NativePromise.resolve(), then = NativePromise.prototype.then;
  define("queueMicrotask", function queueMicrotask(run) {
    if (typeof run !== "function") throw new TypeError("queueMicrotask needs a function");
    // an error must not vanish: a timer reports what it throws
    apply(then, settledPromise, [() => { try { run(); } catch (error) { start({ run: () => { throw error; }, pause: 0, args: [] }); } }]);
  });
  return { fire, drop };
})
