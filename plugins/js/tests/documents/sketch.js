const geppetto = require("geppetto");

const engine = geppetto
  .engineBuilder()
  .provider("openai_responses")
  .profile("4o-mini")
  .use(geppetto.middleware.systemPrompt("You are concise"))
  .use(geppetto.middleware.js((ctx, turn, next) => {
    const out = next(ctx, turn);
    for (const b of out.blocks) {
      if (b.kind === "llm_text" && b.payload?.text) {
        b.payload.text = b.payload.text.trim();
      }
    }
    return out;
  }))
  .tools({ enabled: true, maxIterations: 5, toolChoice: "auto" })
  .build();

const session = geppetto.createSession({ engine });

const turn = geppetto.turn()
  .system("You are concise")
  .user("Use get_weather for Paris and summarize")
  .build();

const out = session.run(turn);
console.log(out.blocks);

const h = session.runAsync(turn);
// h.cancel();
const out2 = await h.wait();
console.log(out2.text());
