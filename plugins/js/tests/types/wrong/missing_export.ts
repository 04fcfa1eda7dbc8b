// expects: createAgent
import * as gp from "geppetto";
gp.createAgent();
