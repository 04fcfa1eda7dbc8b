// What the documents show, as a compiler sees it.
import * as gp from "geppetto";

const engine = gp.engineBuilder().provider("openai_responses").profile("4o-mini")
  .use(gp.middleware.systemPrompt("You are concise"))
  .use(gp.middleware.js((ctx, turn, next) => {
    const out = next(ctx, turn);
    for (const b of out.blocks) if (b.kind === "llm_text" && b.payload?.text) b.payload.text = b.payload.text.trim();
    return out;
  }))
  .tools({ enabled: true, maxIterations: 5, toolChoice: "auto" })
  .build();

const tools = gp.tools.createRegistry();
tools.register({ name: "sum", parameters: { type: "object" }, handler: async ({ a, b }, ctx) => a + b + ctx.callId.length });
tools.useHostTools(["calculator"], { prefix: "host." });

const session = gp.createSession({
  engine,
  tools,
  middlewares: ["logging", (turn, next, ctx) => next(turn), gp.middlewares.fromJS(async (turn, next) => { const out = await next(turn); return out; })],
  toolHooks: { beforeToolCall: ({ call }) => ({ call: { args: { ...call.args } } }), onToolError: async () => ({ action: "retry", backoffMs: 1 }) },
});
const turn: gp.Turn = session.run("x", { timeoutMs: 1, tags: { a: 1 }, on: { event: (e) => e.type } });
turn.meta.set("geppetto.session_id@v1", "s");
turn.data.set("agent_mode", "plan");

async function watch(): Promise<string> {
  const run = session.runAsync(gp.turn().user("hi").build());
  run.on("done", (done) => done.text()).on("error", (error) => [error.message, error.code, error.error, error.type]).on("text-delta", (event) => event["delta"]);
  for await (const event of run) console.log(event.type);
  const tokens: number | undefined = run.result().usage?.inputUncached;
  console.log(tokens, run.result().timings.firstEvent, run.result().persistErrors.length);
  return (await run.wait()).text();
}

interface Configs extends gp.MiddlewareConfigMap {
  logging: { level: "debug" | "info" };
  cap: { max: number };
}
const patch = gp.factories.middlewarePatch<Configs>()
  .configure("logging#wire", { level: "debug" })
  .append({ name: "cap", config: { max: 3 } })
  .insertBefore("cap[0]", "logging")
  .build();
const plan = gp.factories.createEngineFactory().plan({ profile: "p", middlewarePatch: patch });
const layers: string[] = plan.mergeLayers.map((row) => row.layer);
const resolved: gp.ResolvedProfile = gp.profiles.resolve({ profileSlug: "p" });
const rows: gp.MiddlewareSchemaEntry[] = gp.schemas.listMiddlewares();

try {
  session.run();
} catch (error) {
  if (gp.errors.is(error, gp.errors.codes.GEPPETTO_JS_SESSION_ACTIVE)) console.log(error.nextStep);
  if (error instanceof gp.errors.GeppettoFactoryError && error.code === "INVALID_PATCH") console.log(error.details);
}
class Guard implements gp.ToolHooks { calls = 0; beforeToolCall() { return { abort: true }; } }
gp.createEngine({ provider: "echo", tools: ["calculator"], toolConfig: { maxIterations: 2, hooks: new Guard() } });
gp.createEngine({ provider: "echo", tools: { retryMaxRetries: 1, registry: tools } });
gp.engines.fromProfile({ profile: "p", runtimeKey: "k" });
const pass: gp.JsMiddleware = (ctx, turn, next) => next(ctx, turn);
gp.runInference("echo", "x", {
  middlewares: [{ type: "systemPrompt", prompt: "p" }, { name: "logging", options: { level: "debug" } }, { name: "mine", fn: pass, mode: "copy", timeoutMs: 5 }, { fn: pass }],
});
gp.plugins.registerMiddleware("acme.pass", pass, { cloneBefore: true });
gp.plugins.registerEngineFactory("acme.echo", () => gp.engines.echo());
const app = gp.fromSpec({ engine: { provider: "echo" }, middlewares: [{ type: "js", name: "own", fn: (ctx, turn, next) => next(ctx, turn) }], tools: { names: ["calculator"] }, session: { timeoutMs: 7, persister: () => {} } });
app.session({ tags: { a: 1 } });
const kind: "llm_text" = gp.consts.BlockKind.LLM_TEXT;
export { layers, resolved, rows, kind, watch };
