import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument, stringify } from "yaml";
import { checkout, layout } from "../../rehearsal/layout";
import { PROJECT } from "../../rehearsal/program";

/** Writes the rehearsed program's Pulumi.yaml: the checkout's, with other fields in its mesh. */
export function describeMesh(fields: Record<string, unknown>): void {
  const document = parseDocument(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8"));
  for (const [field, value] of Object.entries(fields)) {
    document.setIn(["config", "mesh", "value", field], document.createNode(value));
  }
  const file = path.join(layout.program, "Pulumi.yaml");
  // It is a link to the checkout's own.
  fs.rmSync(file);
  fs.writeFileSync(file, document.toString());
}

/** Writes the file of a stack that the checkout does not have, as somebody does who adds a region. */
export function describeStack(stack: string, keys: Record<string, unknown>): void {
  const config = { "gcp:project": PROJECT.id, ...keys };
  fs.writeFileSync(path.join(layout.program, `Pulumi.${stack}.yaml`), stringify({ config }));
}
