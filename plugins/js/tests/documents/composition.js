const geppetto = require("geppetto");

function redactEmailsMw(ctx, turn, next) {
  const out = next(ctx, turn);
  const emailRE = /[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}/ig;

  for (const b of out.blocks) {
    if (b.kind === "llm_text" && typeof b.payload?.text === "string") {
      b.payload.text = b.payload.text.replace(emailRE, "[redacted-email]");
    }
  }
  return out;
}

const engine = geppetto.engineBuilder()
  .provider("openai_responses")
  .profile("4o-mini")
  .use(geppetto.middleware.systemPrompt("You are a compliance-safe assistant"))
  .use(geppetto.middleware.js(redactEmailsMw))
  .use(geppetto.middleware.reorderToolResults())
  .tools({ enabled: true, maxIterations: 4, toolChoice: "auto" })
  .build();

const session = geppetto.createSession({ engine });

let turn = geppetto.turn()
  .user("Ask get_weather for Paris and include contact: test@example.com")
  .build();

turn = session.run(turn);
print(JSON.stringify(turn, null, 2));
