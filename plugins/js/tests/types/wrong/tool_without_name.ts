// expects: name
import * as gp from "geppetto";
gp.tools.createRegistry().register({ handler: () => 1 });
