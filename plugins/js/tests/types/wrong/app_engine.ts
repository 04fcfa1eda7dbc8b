// expects: engine
import * as gp from "geppetto";
const app: gp.App = gp.fromSpec({ engine: { provider: "echo" } });
app.session({ engine: "echo" });
