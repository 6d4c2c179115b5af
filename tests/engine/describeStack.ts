import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { layout } from "../../rehearsal/layout";
import { PROJECT } from "../../rehearsal/program";

/** Writes the file of a stack that the checkout does not have, as somebody does who adds a region. */
export function describeStack(stack: string, keys: Record<string, unknown>): void {
  const config = { "gcp:project": PROJECT.id, ...keys };
  fs.writeFileSync(path.join(layout.program, `Pulumi.${stack}.yaml`), stringify({ config }));
}
