// Collectors, sinks, snapshots and persisters of the script.
// parity: 167, 181, 228, 291
const gp = require("geppetto");

const collector = gp.events.collector();
const types = [];
assert.equal(collector.on("*", (e) => types.push(e.type)), collector);
collector.on("tool-call-execute", () => { throw new Error("a listener of ours"); });
const phases = [];
const kept = [];
const session = gp.createBuilder({ eventSink: collector })
  .withEngine(gp.engines.echo({ reply: "r" }))
  .withEventSink((event) => { if (event.type === "text-delta") types.push(`fn ${event.delta}`); })
  .withSnapshotHook((phase, turn) => phases.push([phase, turn.blocks.length]))
  .withPersister((turn) => { kept.push(turn.blocks.at(-1).payload.text); })
  .withTools(gp.tools.createRegistry().useHostTools(["calculator"]))
  .buildSession({ queueSize: 2048, overflow: "drop_oldest" });
session.run("x");
assert.deepEqual([types.includes("run-started"), types.includes("fn r"), types.includes("run-finished")], [true, true, true]);
assert.deepEqual(kept, ["r"]);
assert.ok(phases.length >= 2);
const before = types.filter((type) => !type.startsWith("fn")).length;
collector.close();
session.run("y");
assert.equal(types.filter((type) => !type.startsWith("fn")).length, before);
assert.throws(() => gp.createBuilder().withEventSink({}), /expected event sink reference/);
assert.throws(() => gp.createSession({ engine: gp.engines.echo(), overflow: "explode" }), /overflow/);
session.close();
