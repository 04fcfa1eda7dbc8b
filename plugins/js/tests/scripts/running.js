// Runs that go on beside the script: promise and handle in one, events, cancel, deadline.
// parity: 15, 31, 44, 45, 67, 68, 70, 72, 86, 87, 88, 98, 99, 100, 110, 117, 118, 119, 142, 143, 145, 146, 147, 166, 186, 187
// parity: 188, 206, 207, 208, 209, 229, 242, 243, 376
const gp = require("geppetto");
const engine = gp.engines.fromFunction(async (turn) => `reply to ${turn.blocks.at(-1).payload.text}`);

(async () => {
  const session = gp.createSession({ engine });
  const run = session.runAsync("one", { timeoutMs: 5000, tags: { a: 1 } });
  assert.ok(run instanceof Promise);
  assert.equal(run.sessionId, session.sessionId);
  assert.equal(typeof run.inferenceId, "string");
  assert.equal(run.isRunning(), true);
  assert.throws(() => session.run("again"), { code: "GEPPETTO_JS_SESSION_ACTIVE", message: /already has an active inference/ });
  assert.equal(run.on("*", () => {}), run);
  assert.equal((await run.wait()).text(), "reply to one");
  assert.equal((await run).text(), "reply to one");
  assert.equal(run.isRunning(), false);
  assert.equal(session.turnCount(), 1);

  // listeners: given with the call, and added right after it; both vocabularies
  const seen = [];
  const stream = session.runStream("two", { on: { "run-started": () => seen.push("started") } });
  stream.on("start", () => seen.push("start")).on("partial", (e) => seen.push(`partial ${e.completion}`));
  stream.on("final", (e) => seen.push(`final ${e.text}`)).on("done", (turn) => seen.push(`done ${turn.text()}`));
  stream.on("event", () => { throw new Error("a listener of ours"); });
  await stream;
  assert.deepEqual(seen, ["started", "start", "partial reply to two", "final reply to two", "done reply to two"]);

  // an async iterator, and a window
  const types = [];
  for await (const event of session.start("three", { eventWindowMs: 5, eventBatch: 2 })) types.push(event.type);
  assert.equal(types[0], "run-started");
  assert.equal(types.at(-1), "run-finished");

  // callbacks of the options
  const told = [];
  await session.start("four", { onEvent: (e) => told.push(e.type), onDone: (turn) => told.push(turn.text()) });
  assert.equal(told.at(-1), "reply to four");

  // cancel, twice; then the session is free
  const stuck = gp.createSession({ engine: gp.engines.fromFunction(() => new Promise(() => {})) });
  const failed = [];
  const held = stuck.start("x").on("error", (error) => failed.push(error.code));
  held.cancel();
  held.cancel();
  await assert.rejects(held, { code: "GEPPETTO_JS_RUN_CANCELED", phase: "run" });
  assert.deepEqual(failed, ["GEPPETTO_JS_RUN_CANCELED"]);
  const active = stuck.runAsync("y");
  stuck.cancelActive();
  await assert.rejects(active, { code: "GEPPETTO_JS_RUN_CANCELED" });
  await assert.rejects(stuck.runAsync("z", { timeoutMs: 30 }), { code: "DEADLINE_EXCEEDED" });
  assert.throws(() => stuck.run("z", { timeoutMs: -1 }), /timeoutMs/);

  // a run's deadline of 0 lifts that of its session, for this run
  const hasty = gp.createSession({ timeoutMs: 30, engine: gp.engines.fromFunction(async () => { await sleep(80); return "late"; }) });
  assert.equal((await hasty.start("x", { timeoutMs: 0 })).text(), "late");
  await assert.rejects(hasty.start("x"), { code: "DEADLINE_EXCEEDED" });
  assert.throws(() => stuck.run("z", 5), /run options must be an object/);

  // an error rejects with an Error that has its code
  const broken = gp.createSession({ engine: gp.engines.fromFunction(async () => { throw new Error("down"); }) });
  const error = await broken.start("x").catch((e) => e);
  assert.ok(error instanceof Error && error instanceof gp.errors.GeppettoError);
  assert.deepEqual([error.code, error.phase], ["ENGINE_FAILED", "engine"]);
})();
