// expects: nope
import * as gp from "geppetto";
gp.factories.middlewarePatch<{ logging: { level: string } }>().configure("nope", {});
