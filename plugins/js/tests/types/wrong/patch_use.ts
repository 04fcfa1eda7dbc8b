// expects: cap
import * as gp from "geppetto";
gp.factories.middlewarePatch<{ logging: { level: string } }>().append("cap");
