// expects: EngineBuilder
import * as gp from "geppetto";
gp.createSession({ engine: gp.engineBuilder() });
