import * as fs from "node:fs";
import * as path from "node:path";
import { layout } from "./layout";

/** What a running rehearsal tells other commands. */
interface Running {
  pid: number;
  env: Record<string, string>;
}

const file = path.join(layout.run, "running.json");

/** The rehearsal of this checkout that is up, in this or another terminal. */
export function running(): Running | undefined {
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const found = JSON.parse(fs.readFileSync(file, "utf8")) as Running;
  return isAlive(found.pid) ? found : undefined;
}

/** @throws when another rehearsal of this checkout is up: both would write to the same folder. */
export function refuseSecond(): void {
  const other = running();
  if (other && other.pid !== process.pid) {
    throw new Error(
      `A rehearsal of this checkout is up already (process ${other.pid}). Use it with: npm run shell. Or end it with Ctrl-C in its terminal.`,
    );
  }
}

export function announce(env: Record<string, string>): void {
  fs.writeFileSync(file, JSON.stringify({ pid: process.pid, env } satisfies Running), { mode: 0o600 });
}

export function withdraw(): void {
  fs.rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
