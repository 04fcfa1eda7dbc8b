// expects: engine
import * as gp from "geppetto";
gp.createSession({});
