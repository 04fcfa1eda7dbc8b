// expects: number
import * as gp from "geppetto";
gp.factories.middlewarePatch<{ logging: { level: string } }>().configure("logging", { level: 5 });
