// expects: Promise<Turn>
import * as gp from "geppetto";
gp.middleware.js(async (ctx, turn, next: gp.AsyncNext) => { const out = next(turn); out.blocks.push(gp.block.user("x")); return out; });
