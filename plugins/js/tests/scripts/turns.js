// Turns and blocks are plain objects with helpers, and survive the border.
// parity: 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 62, 78, 79, 94, 129, 130, 131, 148, 195, 196, 197, 198, 199
// parity: 132, 219, 220, 221, 222, 237, 238, 251, 253, 254, 255, 257, 258, 259, 260
const gp = require("geppetto");

const turn = gp.turn()
  .id("t1")
  .system("be kind")
  .user("hi")
  .assistant("hello")
  .toolCall({ id: "c1", name: "sum", args: { a: 1 } })
  .toolUse({ id: "c1", result: { sum: 1 } })
  .block(gp.block.reasoning("hm"))
  .metadata("provider", "echo")
  .data("agent_mode", "research")
  .build();
assert.equal(turn.id, "t1");
assert.deepEqual(turn.blocks.map((b) => b.kind), ["system", "user", "llm_text", "tool_call", "tool_use", "reasoning"]);
assert.deepEqual(turn.blocks[3].payload, { id: "c1", name: "sum", args: { a: 1 } });
assert.deepEqual(turn.blocks[4].payload, { id: "c1", result: { sum: 1 } });
for (const block of turn.blocks) assert.deepEqual(["id", "kind", "role", "payload"].filter((key) => !(key in block)), []);

// helpers and raw access
turn.addBlock(gp.block.userText("again"));
assert.equal(turn.blocks.at(-1).payload.text, "again");
turn.meta.set("geppetto.session_id@v1", "s1");
assert.equal(turn.meta.getString("geppetto.session_id@v1"), "s1");
assert.equal(turn.meta.getString("session_id"), "s1");
turn.data.set("geppetto.agent_mode@v1", "plan");
assert.equal(turn.data.get("agent_mode"), "plan");
assert.throws(() => turn.meta.set("x", () => 1), /not serializable/);
// what is no JSON is refused where it is given, at any depth, with its place
const loop = { list: [] };
loop.list.push(loop);
for (const [value, place, reason] of [
  [NaN, "", "is NaN"], [-Infinity, "", "is -Infinity"], [{ a: [1, NaN] }, "/a/1", "is NaN"], [{ a: () => 1 }, "/a", "is a function"],
  [new Map([["a", 1]]), "", "is a Map"], [{ "a/b": [new Set()] }, "/a~1b/0", "is a Set"], [{ a: 1n }, "/a", "is a bigint"],
  [{ a: Symbol("s") }, "/a", "is a symbol"], [new Uint8Array([1]), "", "is a Uint8Array"], [loop, "/list/0", "contains itself"],
  [undefined, "", "is undefined"], [{ a: Promise.resolve(1) }, "/a", "is a Promise"], [/x/, "", "is a RegExp"],
]) {
  for (const set of [(v) => turn.data.set("k", v), (v) => turn.meta.set("k", v), (v) => gp.turn().data("k", v), (v) => gp.turn().metadata("k", v)]) {
    const error = assert.throws(() => set(value), { code: "GEPPETTO_JS_ENCODE_ERROR", phase: "encode", subject: `k${place}` });
    assert.ok(error.message.startsWith(`k: value not serializable as JSON: k${place} ${reason}`), error.message);
  }
}
assert.ok(!turn.data.has("k") && !turn.meta.has("k"));
for (const value of [new Date(0), { a: undefined, b: [] }, Object.create(null), [[[{}]]], { toJSON: () => 5 }]) turn.clone().data.set("k", value);
turn.meta.set("count", 3);
assert.throws(() => turn.meta.getString("count"), /expected a text/);
assert.equal(turn.meta.get("nothing"), undefined);
turn.metadata["acme.raw@v1"] = { any: "json" };
const copy = turn.clone();
copy.blocks[0].payload.text = "changed";
assert.equal(turn.blocks[0].payload.text, "be kind");
assert.equal(typeof JSON.parse(JSON.stringify(turn)).blocks, "object");

// round trip: short names for known keys, ids for the rest
const back = gp.turns.normalize({
  id: "r", blocks: [{ kind: "llm_text", payload: { text: "x", mine: [1, { a: null }] } }],
  metadata: { "acme.trace@v1": "t", model: "m", foo: 1 }, data: { tool_config: { enabled: true } },
});
assert.deepEqual(back.metadata, { "acme.trace@v1": "t", model: "m", "geppetto.foo@v1": 1 });
assert.equal(back.meta.get("foo"), 1);
assert.deepEqual({ ...back.data }, { tool_config: { enabled: true } });
assert.deepEqual(back.blocks[0].payload, { text: "x", mine: [1, { a: null }] });
assert.equal(back.blocks[0].role, "assistant");

// every key and kind of the generated tables
for (const [store, field] of [["turn", "metadata"], ["data", "data"]]) {
  const values = Object.fromEntries(Object.keys(gp.keys[store]).map((name) => [name, name]));
  assert.deepEqual(Object.keys(gp.turns.normalize({ [field]: values })[field]).sort(), Object.keys(values).sort());
  for (const [name, id] of Object.entries(gp.keys[store])) assert.equal(gp.keys.id(name, store), id);
}
const made = Object.values(gp.consts.BlockKind).map((kind) => ({ kind, payload: { id: "i", name: "n" } }));
assert.deepEqual(gp.turns.normalize({ blocks: made }).blocks.map((b) => b.kind), Object.values(gp.consts.BlockKind));
assert.ok(Object.values(gp.consts).every((group) => Object.values(group).every((word) => word === word.toLowerCase())));

// unknown kinds and fields
assert.equal(gp.turns.normalize({ blocks: [{ kind: "hologram", payload: {} }] }).blocks[0].kind, "other");
const kept = gp.turns.normalize({ blocks: [{ kind: "user", text: "lifted", later: 7 }], newer: { a: 1 } });
assert.equal(kept.blocks[0].payload.text, "lifted");
assert.equal(kept.blocks[0].later, 7);
assert.deepEqual(kept.newer, { a: 1 });
assert.deepEqual(gp.turns.normalize({}).blocks, []);
assert.deepEqual(gp.turns.normalize({ blocks: [{ kind: "user", payload: null }] }).blocks[0].payload, {});
const refused = (value, message) => {
  const error = assert.throws(() => gp.turns.normalize(value), message);
  assert.equal(error.code, "GEPPETTO_JS_DECODE_ERROR");
  assert.equal(error.phase, "decode");
};
refused("text", /turn must be an object/);
refused({ blocks: [1] }, /block must be an object/);
refused({ blocks: {} }, /blocks must be an array/);
refused({ blocks: [{ payload: {} }] }, /block has no kind/);
refused({ blocks: [{ kind: "user", payload: 1 }] }, /payload must be an object/);
refused({ blocks: [{ kind: "tool_call", payload: {} }] }, /needs payload.id/);
const call = (payload) => ({ blocks: [{ kind: "tool_call", payload: { id: "c", name: "n", ...payload } }] });
refused({ id: 7, blocks: [] }, /: turn.id must be a text, got a number$/);
refused({ blocks: [{ kind: "user", id: 3, text: "x" }] }, /: turn.blocks\[0\].id must be a text, got a number$/);
refused({ blocks: [{ kind: "user", role: 9, text: "x" }] }, /: turn.blocks\[0\].role must be a text, got a number$/);
for (const kind of ["user", "system", "llm_text", "reasoning"]) refused({ blocks: [{ kind, text: 5 }] }, /: turn.blocks\[0\].payload.text must be a text, got a number$/);
refused({ blocks: [{ kind: "system", payload: { text: {} } }] }, /payload.text must be a text, got an object/);
refused(call({ args: [1] }), /: turn.blocks\[0\].payload.args must be an object, or its JSON text, got an array$/);
refused(call({ id: "" }), /a tool_call block needs payload.id/);
refused({ blocks: [{ kind: "tool_use", payload: { id: "" } }] }, /a tool_use block needs payload.id/);
assert.equal(assert.throws(() => gp.turns.normalize(call({ args: 5 }))).subject, "turn.blocks[0]/payload/args");
for (const args of [{}, null, "{}", '{"a": 1', ""]) assert.deepEqual(gp.turns.normalize(call({ args })).blocks[0].payload.args, args); // what a model wrote
assert.deepEqual(gp.turns.normalize({ id: null, blocks: [{ kind: "user", id: null, role: null, payload: { text: null } }] }).blocks[0].payload, { text: null });
refused({ metadata: [] }, /metadata must be an object/);
refused({ data: "x" }, /data must be an object/);

// what only looks like a turn is named
const mistaken = [
  [Promise.resolve("x"), /got a promise/], [gp.block.user("x"), /got a user block/], [[gp.block.user("x")], /got array/],
  [{ messages: [] }, /got an object with messages and no blocks/], [{ text: "x" }, /with text and no blocks/], [5, /got number/],
  [new Map([["blocks", []]]), /got a Map/], [new Set(), /got a Set/], [new Date(0), /got a Date/],
];
const talk = gp.createSession({ engine: gp.engines.echo() });
for (const [value, message] of mistaken) {
  for (const take of [(turn) => talk.run(turn), (turn) => talk.start(turn), (turn) => talk.append(turn), gp.turns.normalize]) {
    const error = assert.throws(() => take(value), message);
    assert.deepEqual([error.code, error.subject, typeof error.nextStep], ["GEPPETTO_JS_DECODE_ERROR", "turn", "string"]);
  }
}
for (const value of [undefined, Promise.resolve("x"), { blocks: [] }, 5]) {
  for (const take of [(prompt) => talk.ask(prompt), (prompt) => talk.askAsync(prompt)]) {
    assert.throws(() => take(value), { code: "GEPPETTO_JS_INVALID_OPTION", message: /ask: prompt: expected a text, got (undefined|Promise|object|number)/ });
  }
}

// no field and no key hides what turns can do
for (const name of ["text", "clone", "meta", "addBlock"]) {
  const error = assert.throws(() => talk.append({ blocks: [gp.block.user("x")], [name]: "mine" }), new RegExp(`turn.${name}: .* helper`));
  assert.equal(error.code, "GEPPETTO_JS_DECODE_ERROR");
}
const helped = gp.turn().user("x").build();
for (const name of ["set", "get", "has", "getString", "constructor", "__proto__"]) {
  helped.data.set(name, name);
  helped.meta.set(name, name);
  assert.deepEqual([helped.data.get(name), helped.meta.get(name), Object.hasOwn(helped.data, `geppetto.${name}@v1`)], [name, name, true]);
}
assert.equal(talk.run(helped).data.get("set"), "set");

// the helpers of the Go library
assert.equal(gp.turns.newTurn({ id: "n" }).id, "n");
const appended = gp.turns.appendBlock({ blocks: [] }, gp.turns.newUserBlock("u"));
assert.equal(appended.blocks.length, 1);
assert.deepEqual(gp.turns.newToolCallBlock("c", "n", {}).payload, { id: "c", name: "n", args: {} });
assert.throws(() => gp.turns.newToolCallBlock("c", "n"), TypeError);
assert.equal(gp.turns.newToolUseBlock("c", 1, "e").payload.error, "e");

// a field that nobody here knows is one of a newer version
assert.equal(gp.turns.normalize({ newer: 1 }).newer, 1);
