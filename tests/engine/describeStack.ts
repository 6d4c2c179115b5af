import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";
import { layout } from "../../rehearsal/layout";
import { PROJECT } from "../../rehearsal/program";

/** Writes keys into a stack's file, as somebody does who adds a region; the file is made where there is none. */
export function describeStack(stack: string, keys: Record<string, unknown>): void {
  const file = path.join(layout.program, `Pulumi.${stack}.yaml`);
  const document = parseDocument(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "config: {}\n");
  for (const [key, value] of Object.entries({ "gcp:project": PROJECT.id, ...keys })) {
    document.setIn(["config", key], document.createNode(value));
  }
  fs.writeFileSync(file, document.toString());
}
