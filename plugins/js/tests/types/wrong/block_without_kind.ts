// expects: kind
import * as gp from "geppetto";
gp.turn().build().addBlock({ payload: { text: "x" } });
