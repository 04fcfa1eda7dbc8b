// expects: NOPE
import * as gp from "geppetto";
gp.errors.is(new Error(), gp.errors.codes.NOPE);
