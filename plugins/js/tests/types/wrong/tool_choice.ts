// expects: "maybe"
import * as gp from "geppetto";
gp.createSession({ engine: gp.engines.echo(), toolLoop: { toolChoice: "maybe" } });
