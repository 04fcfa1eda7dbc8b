// expects: timeuotMs
import * as gp from "geppetto";
gp.engines.echo().run("x", { timeuotMs: 5 });
