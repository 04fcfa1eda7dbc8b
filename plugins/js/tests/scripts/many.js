// Two hundred runs at once, each with middlewares and a tool of the script, end with their own replies.
// parity: 15, 70
const gp = require("geppetto");

(async () => {
  const tools = gp.tools.createRegistry();
  tools.register({ name: "twice", parameters: { type: "object" }, handler: async ({ n }) => { await sleep(1); return 2 * n; } });
  const engine = gp.engines.fromFunction(async (turn) => {
    const used = turn.blocks.find((b) => b.kind === "tool_use");
    const n = Number(turn.blocks.find((b) => b.kind === "user").payload.text);
    if (used) return turn.addBlock(gp.block.assistant(`${n} ${JSON.stringify(used.payload.result)}`));
    return turn.addBlock(gp.block.toolCall({ id: `c${n}`, name: "twice", args: { n } }));
  });
  const layer = async (ctx, turn, next) => next(ctx, turn);
  const builder = gp.createBuilder({ engine, tools, middlewares: [gp.middleware.js(layer), gp.middleware.js(layer)] });
  const runs = Array.from({ length: 200 }, (_, n) => builder.buildSession().start(String(n)));
  const texts = (await Promise.all(runs)).map((turn) => turn.text());
  assert.deepEqual(texts, Array.from({ length: 200 }, (_, n) => `${n} ${2 * n}`));
})();
