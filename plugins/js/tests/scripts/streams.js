// What listeners, sinks and taps are told: in time, once, and as much as the session's queue holds.
const gp = require("geppetto");
const echo = gp.engines.echo({ reply: "one two three four five six seven eight" });
const types = (events) => events.map((event) => event.type).join();

(async () => {
  // with overflow `block` the run waits for its listeners, and for nobody when there are none
  const all = [];
  const session = (more) => gp.createSession({ engine: echo, ...more });
  session({ overflow: "block", queueSize: 1 }).run("x", { onEvent: (event) => all.push(event) });
  assert.equal(all.at(-1).type, "run-finished");
  assert.equal(all.filter((event) => event.type === "text-delta").map((event) => event.delta).join(""), "one two three four five six seven eight");
  await session({ overflow: "block", queueSize: 1 }).start("x");
  const read = [];
  for await (const event of session({ overflow: "block", queueSize: 2 }).start("x").events()) read.push(event);
  assert.equal(types(read), types(all));

  // names inside of what is ours are lowerCamel too
  assert.ok("finishClass" in all.at(-1).result, JSON.stringify(all.at(-1)));
  const bad = gp.createSession({ engine: gp.engines.fromFunction(() => { throw new Error("z"); }) });
  const ends = [];
  const told = [];
  await bad.runStream("x", { onEvent: (event) => ends.push(event) }).on("error", (error) => told.push(error)).catch(() => {});
  assert.ok("nextStep" in ends.at(-1).error, JSON.stringify(ends.at(-1)));

  // the error of a run is told once, as an Error
  assert.equal(told.length, 1);
  assert.ok(told[0] instanceof Error);
  assert.deepEqual([told[0].code, told[0].type], ["ENGINE_FAILED", "error"]);
  const failures = [];
  try { bad.run("x", { onError: (error) => failures.push(error) }); } catch (error) { assert.equal(failures[0], error); }
  assert.equal(failures.length, 1);

  // a sink that throws once hears of the rest
  for (const sink of [(note) => (event) => note(event), (note) => ({ publish: note }), (note) => ({ emit: (type, event) => note(event) })]) {
    const heard = [];
    const note = (event) => { heard.push(event); if (event.type === "run-started") throw new Error("once"); };
    session({ eventSink: sink(note) }).run("x");
    assert.equal(types(heard), types(all));
  }

  // the queue is as wide as the session says: deltas are merged, what falls out is counted
  const reply = Array.from({ length: 500 }, (_, index) => `w${index}`).join(" ");
  for (const overflow of ["drop_oldest", "drop_newest", "block"]) {
    const heard = [];
    gp.debug.resetBridgeStats();
    gp.createSession({ engine: gp.engines.echo({ reply }), overflow, queueSize: 4 }).run("x", { onEvent: (event) => heard.push(event) });
    assert.equal(heard.filter((event) => event.type === "text-delta").map((event) => event.delta).join(""), reply);
    assert.equal(heard.at(-1).type, "run-finished");
    assert.equal(heard.length > 100, overflow === "block");
    assert.equal(gp.debug.bridgeStats()["bridge.events.dropped"] > 0, overflow !== "block");
  }

  // a window gathers what comes in time; it holds nobody up at the end of the run
  const timed = async (engine, options) => {
    const [began, batches] = [Date.now(), new Set()];
    const run = gp.createSession({ engine }).start("x", { ...options, onEvent: () => batches.add(Date.now()) });
    await run.catch(() => {});
    return [Date.now() - began, batches.size];
  };
  for (const options of [{ eventWindowMs: 5000 }, { eventWindowMs: 5000, eventBatch: 1 }]) {
    assert.ok((await timed(gp.engines.echo({ reply }), options))[0] < 3000);
  }
  const stuck = gp.engines.fromFunction(() => new Promise(() => {}));
  assert.ok((await timed(stuck, { eventWindowMs: 5000, timeoutMs: 30 }))[0] < 3000);
  for (const name of ["eventWindowMs", "timeoutMs"]) {
    for (const value of [Infinity, NaN, -1]) {
      assert.throws(() => session().run("x", { [name]: value }), { code: "GEPPETTO_JS_INVALID_OPTION", subject: name, message: /finite number >= 0/ });
    }
  }

  // run options of inference read as those of a session
  session().run("x", { inference: { maxTokens: 5 } });
})();
