// expects: sessionId
import * as gp from "geppetto";
gp.createSession({ engine: "echo" }).sessionId = "x";
