// expects: LLM
import * as gp from "geppetto";
gp.consts.BlockKind.LLM;
