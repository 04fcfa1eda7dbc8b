// The script's own stack comes with an error, with file, line and column.
// parity: 64, 230
// needs: modules
const gp = require("geppetto");

const boom = gp.middleware.js(function thrower() { throw new RangeError("exploded"); }, { name: "boom" });
const run = () => gp.createSession({ engine: gp.engines.echo(), middlewares: [boom] }).run("x");
assert.match(assert.throws(run).jsStack, /thrower \(.*stacks\.js:6:\d+\)/);
const engine = gp.engines.fromFunction(function failing() { throw new Error("down"); });
assert.match(assert.throws(() => engine.run("x")).jsStack, /failing \(.*stacks\.js:9:\d+\)/);
