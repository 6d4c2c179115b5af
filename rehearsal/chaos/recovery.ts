import * as fs from "node:fs";
import * as path from "node:path";
import type { Rehearsal } from "../host";
import { layout } from "../layout";
import type { Pulumi } from "../pulumi";
import { stackState, type StateResource } from "./stackState";
import { createdId } from "./whereabouts";

/** What a person types after a crash, and why. */
export interface Step {
  args: string[];
  why: string;
}

/**
 * Does what the engine asks for after it was killed, and nothing else: gives its lock back, and says of each resource whose
 * creation was interrupted whether it is there. A person looks that up in Google's console and with kubectl.
 */
export async function recover(
  pulumi: Pulumi,
  stack: string,
  rehearsal: Rehearsal,
  locked: boolean,
): Promise<Step[]> {
  const steps: Step[] = [];
  if (locked) {
    steps.push(...removeEmptyAttributes());
    steps.push({ args: ["cancel", "-s", stack, "--yes"], why: "the lock of a run that was killed" });
    await pulumi.run(["cancel", "-s", stack, "--yes"]);
  }
  const { pending } = await stackState(pulumi, stack);
  const creating = pending.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  if (creating.length === 0) {
    return steps;
  }
  const there: string[] = [];
  for (const resource of creating) {
    const id = await createdId(rehearsal, resource);
    if (id) {
      there.push("--import-pending-creates", resource.urn, "--import-pending-creates", id);
    }
  }
  const args = ["refresh", "-s", stack, "--yes", "--skip-preview", ...there, "--clear-pending-creates"];
  steps.push({
    args,
    why: `interrupted while creating ${creating.map(({ urn }) => urn.split("::").at(-1)).join(", ")}`,
  });
  await pulumi.run(args);
  return steps;
}

/**
 * Beside each file of a `file://` state there is one with its attributes, and that one is not written in one go: an engine
 * that is killed in that moment leaves it empty, and every command then fails with "failed to load checkpoint: EOF". The
 * state itself is whole. Buckets have no such files.
 */
function removeEmptyAttributes(): Step[] {
  const entries = fs.readdirSync(layout.state, { recursive: true, withFileTypes: true });
  const empty = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".attrs"))
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .filter((file) => fs.statSync(file).size === 0);
  for (const file of empty) {
    fs.rmSync(file);
  }
  return empty.map((file) => ({
    args: [],
    why: `find STATE -name '*.attrs' -size 0 -delete (${path.basename(file)} was empty)`,
  }));
}

interface ImportFile {
  /** `name` is unique in the file, `logicalName` is the program's where that differs. */
  resources: { type: string; name: string; logicalName?: string; id?: string; component?: boolean }[];
  nameTable?: Record<string, string>;
}

interface Plan {
  steps: { op: string; newState?: StateResource }[];
}

/**
 * A provider that dies, or a connection that breaks, after a create was carried out leaves a resource that no state
 * knows: `up` then says "already exists". The engine writes down what it would create; what is there of it is imported.
 *
 * @returns the steps; none where nothing of what is to be created is there.
 */
export async function importOrphans(pulumi: Pulumi, stack: string, rehearsal: Rehearsal): Promise<Step[]> {
  const file = path.join(layout.run, `import-${stack}.json`);
  const preview = ["preview", "-s", stack, "--json", "--import-file", file];
  const { output } = await pulumi.run(preview);
  const plan = JSON.parse(output.slice(output.search(/^\{/m))) as Plan;
  const planned = JSON.parse(fs.readFileSync(file, "utf8")) as ImportFile;
  const orphans: ImportFile["resources"] = [];
  for (const { op, newState } of plan.steps) {
    const id = op === "create" && newState ? await createdId(rehearsal, newState) : undefined;
    const entry = planned.resources.find(
      ({ type, name, logicalName }) =>
        type === newState?.type && (logicalName ?? name) === newState.urn.split("::").at(-1),
    );
    if (id && entry) {
      orphans.push({ ...entry, id });
    }
  }
  if (orphans.length === 0) {
    return [];
  }
  const parents = planned.resources.filter(({ component }) => component);
  fs.writeFileSync(file, JSON.stringify({ ...planned, resources: [...parents, ...orphans] }));
  const args = ["import", "-s", stack, "--file", file, "--yes", "--protect=false", "--generate-code=false"];
  await pulumi.run(args);
  return [
    { args: preview, why: "what would be created" },
    { args, why: `is there already: ${orphans.map(({ id }) => id).join(", ")}` },
  ];
}
