// expects: name
import * as gp from "geppetto";
gp.plugins.registerMiddleware("acme.m", (ctx, turn, next) => next(ctx, turn), { name: "other" });
