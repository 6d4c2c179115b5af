import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

const beat = 5000;
const stale = 60_000;

/** Ends a lock. */
export type Release = () => Promise<void>;

/**
 * Takes a lock between processes, or gives undefined when another one holds it. The holder touches the file while it
 * lives; a lock whose holder is gone is taken over. That two processes take over at once is possible and harmless:
 * programs appear in the cache by rename only, so the work would be done twice.
 */
export async function tryLock(file: string): Promise<Release | undefined> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  if (await abandoned(file)) await fs.rm(file, { force: true });
  const owner = JSON.stringify({ host: os.hostname(), pid: process.pid });
  try {
    await fs.writeFile(file, owner, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
  const timer = setInterval(
    () => void fs.utimes(file, new Date(), new Date()).catch(() => undefined),
    beat,
  ).unref();
  return async () => {
    clearInterval(timer);
    await fs.rm(file, { force: true });
  };
}

/** Waits until the lock is free and takes it. */
export async function lock(file: string, every = 1000): Promise<Release> {
  for (;;) {
    const release = await tryLock(file);
    if (release) return release;
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

async function abandoned(file: string): Promise<boolean> {
  try {
    if (Date.now() - (await fs.stat(file)).mtimeMs > stale) return true;
    const owner = JSON.parse(await fs.readFile(file, "utf8")) as { host?: unknown; pid?: unknown };
    return owner.host === os.hostname() && typeof owner.pid === "number" && !alive(owner.pid);
  } catch {
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
