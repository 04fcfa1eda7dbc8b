// expects: RunHandle
import * as gp from "geppetto";
const turn: gp.Turn = gp.createSession({ engine: "echo" }).start("x");
