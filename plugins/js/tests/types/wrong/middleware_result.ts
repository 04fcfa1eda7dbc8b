// expects: string
import * as gp from "geppetto";
gp.middleware.js((ctx, turn, next) => "text");
