import { text, type Fields } from "../schema";
import { computeName, oneOf, sameReference } from "../validators";

/** Arguments of every resource. */
export const common: Fields = {
  project: text({ computed: true, forceNew: true }),
  deletionPolicy: text({ computed: true, check: oneOf("DELETE", "ABANDON", "PREVENT") }),
};

export const name = text({ computed: true, forceNew: true, check: computeName });
export const region = text({ computed: true, forceNew: true, same: sameReference });
export const description = text();
/** A description that cannot be changed. */
export const fixedDescription = text({ forceNew: true });

/** Compute Engine names that Pulumi makes. */
export const computeAutoname = { property: "name", max: 63, lowerCase: true };
export const labelOutputs = ["effectiveLabels", "pulumiLabels"];
