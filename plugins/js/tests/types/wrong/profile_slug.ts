// expects: slug
import * as gp from "geppetto";
gp.profiles.createProfile({ display_name: "x" });
