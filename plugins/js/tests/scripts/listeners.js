// Listeners of a run, and its events one by one: all of them are told, late ones too, and who leaves is told nothing more.
const gp = require("geppetto");
const echo = (more) => gp.createSession({ engine: gp.engines.echo({ reply: "a b" }), ...more });
const never = () => gp.createSession({ engine: gp.engines.fromFunction(() => new Promise(() => {})) });
const broken = () => gp.createSession({ engine: gp.engines.fromFunction(() => { throw new Error("down"); }) });

(async () => {
  // two ways to name one listener are two listeners
  const told = [];
  const both = (name) => () => told.push(name);
  await echo().start("x", { onDone: both("onDone"), on: { done: both("on.done") } });
  await broken().start("x", { onError: both("onError"), on: { error: both("on.error") } }).catch(() => {});
  echo().run("x", { onEvent: (e) => e.seq === 1 && told.push("onEvent"), on: { event: (e) => e.seq === 1 && told.push("on.event") } });
  assert.deepEqual(told, ["on.done", "onDone", "on.error", "onError", "on.event", "onEvent"]);

  // what went wrong in a run that succeeds is an event, and no error of the run
  const failing = echo({ persister: () => { throw new Error("disk full"); } });
  const errors = [];
  const types = [];
  const saved = failing.start("x", { onError: (error) => errors.push(error), onEvent: (event) => types.push(event.type) });
  saved.on("error", (error) => errors.push(error));
  assert.equal((await saved).text(), "a b");
  assert.deepEqual([errors, types.includes("error")], [[], true]);

  // how a run ended is told to who asks late
  const late = [];
  const run = echo().start("x");
  await run;
  run.on("done", (turn) => late.push(turn.text())).on("error", () => late.push("error"));
  assert.deepEqual(late, []);
  await null;
  const failed = broken().start("x");
  await failed.catch(() => {});
  failed.on("error", (error) => late.push(error.code));
  await null;
  assert.deepEqual(late, ["a b", "ENGINE_FAILED"]);

  // events are kept from the call of events() on
  const reading = echo().start("x");
  const events = reading.events();
  await reading;
  const read = [];
  for await (const event of events) read.push(event.type);
  assert.equal(read[0], "run-started");
  assert.equal(read.at(-1), "run-finished");
  assert.deepEqual(await events.next(), { value: undefined, done: true });

  // leaving ends a pull that waits
  const held = never().start("x");
  const left = held.events();
  assert.equal((await left.next()).value.type, "run-started");
  const pull = left.next();
  assert.deepEqual(await left.return("bye"), { value: "bye", done: true });
  assert.deepEqual(await pull, { value: undefined, done: true });
  held.cancel();
  await assert.rejects(held, { code: "GEPPETTO_JS_RUN_CANCELED" });
  assert.deepEqual(await left.next(), { value: undefined, done: true });
  await assert.rejects(echo().start("x").events().throw(new Error("mine")), /mine/);

  // a failed run ends the loop with its error, however slow the loop is
  const slowly = async () => { for await (const event of broken().start("x")) await sleep(5); };
  await assert.rejects(slowly(), { code: "ENGINE_FAILED" });
})();
