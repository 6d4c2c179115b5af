import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

export const checkout = path.resolve(__dirname, "../../..");
const github = path.join(checkout, ".github");

export interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

export interface Job {
  needs?: string | string[];
  if?: string;
  uses?: string;
  environment?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  strategy?: { matrix: { stack: string[] } };
  steps?: Step[];
}

export interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  jobs: Record<string, Job>;
}

/** Each file by its name: text as people write it. */
export const workflowFiles = filesIn(path.join(github, "workflows"));
export const actionFiles = filesIn(path.join(github, "actions"));

export function workflow(name: string): Workflow {
  const text = workflowFiles[name];
  if (text === undefined) {
    throw new Error(`There is no workflow ${name}`);
  }
  return parse(text) as Workflow;
}

/** All jobs, each with the name `file/job`. */
export function jobs(): [string, Job][] {
  return Object.keys(workflowFiles).flatMap((file) =>
    Object.entries(workflow(file).jobs).map(([name, job]): [string, Job] => [`${file}/${name}`, job]),
  );
}

/** All steps, those of composite actions too. */
export function steps(): [string, Step][] {
  const actions = Object.entries(actionFiles).map(([file, text]): [string, Step[]] => [
    file,
    (parse(text) as { runs: { steps: Step[] } }).runs.steps,
  ]);
  const ofJobs = jobs().map(([name, job]): [string, Step[]] => [name, job.steps ?? []]);
  return [...actions, ...ofJobs].flatMap(([name, list]) => list.map((step): [string, Step] => [name, step]));
}

function filesIn(folder: string): Record<string, string> {
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yml"));
  return Object.fromEntries(
    names.sort().map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]),
  );
}
