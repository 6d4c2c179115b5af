import * as fs from "node:fs";
import * as path from "node:path";
import { layout } from "./layout";

/** What the parts of the project say while they work. */
const LOGS = ["network", "controllers", "clusters"] as const;

/** Makes the files, so that somebody may follow them from the start. */
export function prepareLogs(): void {
  for (const name of LOGS) {
    fs.appendFileSync(fileOf(name), "");
  }
}

/** Adds a line with its time to a file in `logs/`. */
export function log(name: (typeof LOGS)[number], line: string): void {
  fs.appendFileSync(fileOf(name), `${new Date().toISOString()} ${line}\n`);
}

function fileOf(name: string): string {
  return path.join(layout.logs, `${name}.log`);
}
