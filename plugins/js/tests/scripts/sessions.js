// Sessions: a history of copies, one run at a time, ids on the turn.
// parity: 1, 5, 6, 16, 33, 43, 69, 96, 102, 109, 112, 113, 114, 115, 116, 138, 139, 140, 141, 144, 185, 227, 288, 289, 326
const gp = require("geppetto");
const engine = gp.engines.echo({ reply: "yes" });

const session = gp.createSession({ engine });
assert.equal(typeof session.sessionId, "string");
assert.equal(session.latest(), null);
assert.equal(session.turns().length, 0);
assert.throws(() => session.run(), /session has no seed turn \(or seed turn is empty\)/);

session.append(gp.turn().user("one").build());
const first = session.run();
assert.equal(first.text(), "yes");
assert.equal(session.turnCount(), 1);
assert.equal(first.metadata.session_id, session.sessionId);
assert.equal(typeof first.metadata.inference_id, "string");
session.run("two");
assert.equal(session.turnCount(), 2);
assert.equal(session.isRunning(), false);

// what is read is a copy
const turns = session.turns();
turns[0].blocks.length = 0;
session.getTurn(1).blocks[0].payload.text = "changed";
assert.equal(session.getTurn(0).blocks.length, 2);
assert.equal(session.getTurn(1).blocks[0].payload.text, "one");
assert.deepEqual([session.getTurn(-1), session.getTurn(9)], [null, null]);
assert.equal(session.turnsRange(1).length, 1);
assert.equal(session.turnsRange(5).length, 0);
assert.equal(session.turnsRange(-3, 99).length, 2);

// a failed run throws, and the session can go on
const flaky = gp.createSession({ engine: gp.engines.fromFunction(() => { throw new Error("down"); }) });
assert.throws(() => flaky.run("x"), /down/);
assert.throws(() => flaky.cancelActive(), /session has no active inference/);

// a middleware that was refused does not stay
const growing = gp.createSession({ engine });
assert.throws(() => growing.use("nope"), { code: "MIDDLEWARE_NOT_FOUND" });
growing.use(gp.middleware.js((ctx, turn, next) => { turn.addBlock(gp.block.system("seen")); return next(ctx, turn); }));
assert.deepEqual(growing.run("x").blocks.map((block) => block.payload.text), ["x", "seen", "yes"]);
assert.throws(() => growing.use("logging"), /begun already/);

// names that every object has are options as little as others
for (const name of ["constructor", "toString", "hasOwnProperty"]) {
  const given = Object.fromEntries([["engine", engine], [name, 1]]);
  assert.throws(() => gp.createSession(given), { code: "GEPPETTO_JS_INVALID_OPTION", subject: name });
}

// an engine that returns another turn: its blocks are the latest turn's
const other = gp.createSession({ engine: gp.engines.fromFunction(() => gp.turn().assistant("brand new").build()) });
other.run("x");
assert.equal(other.latest().blocks.at(-1).payload.text, "brand new");

assert.equal(gp.runInference(engine, gp.turn().user("q").build()).text(), "yes");
assert.throws(() => gp.runInference(engine), TypeError);
assert.throws(() => gp.createSession(), /createSession requires options object with engine/);
assert.throws(() => gp.createSession({ tags: {} }), { code: "GEPPETTO_JS_INVALID_OPTION", message: "createSession needs an engine" });
assert.throws(() => gp.createBuilder().buildSession(), /builder has no engine configured/);
const built = gp.createBuilder().withEngine(engine).useGoMiddleware("systemPrompt", { prompt: "p" }).buildSession();
assert.equal(built.run("x").blocks[0].payload.text, "p");
