import type { Protected } from "./index";
import { edgeFields } from "./edge";
import { googleFields } from "./google";
import { istioFields } from "./istio";

import { networkFields } from "./network";
import { trustFields } from "./trust";
import { versionFields } from "./versions";

/** Every field of the program that a rule protects. */
export const fields: Protected[] = [
  ...googleFields,
  ...istioFields,
  ...edgeFields,
  ...networkFields,
  ...trustFields,
  ...versionFields,
];
