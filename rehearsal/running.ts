import * as fs from "node:fs";
import * as path from "node:path";
import { home, layout } from "./layout";

/** What a running rehearsal tells other commands. */
interface Running {
  pid: number;
  env: Record<string, string>;
}

const announcement = path.join(layout.run, "running.json");
const lock = path.join(home, "lock");

/** The rehearsal of this checkout that is up, in this or another terminal. */
export function running(): Running | undefined {
  const found = fs.existsSync(announcement)
    ? (JSON.parse(fs.readFileSync(announcement, "utf8")) as Running)
    : undefined;
  return found && isAlive(found.pid) ? found : undefined;
}

/**
 * Makes this process the only one that works in the rehearsal's folder, until it ends.
 *
 * @throws when another one does.
 */
export function claim(): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const holder = fs.existsSync(lock) ? Number(fs.readFileSync(lock, "utf8")) : undefined;
  if (holder === process.pid) {
    return;
  }
  if (holder && isAlive(holder)) {
    throw new Error(
      `A rehearsal of this checkout is up already (process ${holder}). Use it with: npm run shell. Or end it with ` +
        `Ctrl-C in its terminal. If that process is something else, delete ${lock}.`,
    );
  }
  fs.rmSync(lock, { force: true });
  // Exclusive: of two that start at the same moment, one fails here.
  fs.writeFileSync(lock, `${process.pid}`, { flag: "wx", mode: 0o600 });
  process.on("exit", () => fs.rmSync(lock, { force: true }));
}

/** Forgets what earlier rehearsals left. */
export function clear(): void {
  for (const name of fs.readdirSync(home)) {
    if (name !== path.basename(lock)) {
      fs.rmSync(path.join(home, name), { recursive: true, force: true });
    }
  }
}

export function announce(env: Record<string, string>): void {
  const temporary = `${announcement}.new`;
  fs.writeFileSync(temporary, JSON.stringify({ pid: process.pid, env } satisfies Running), { mode: 0o600 });
  fs.renameSync(temporary, announcement);
}

export function withdraw(): void {
  fs.rmSync(announcement, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
