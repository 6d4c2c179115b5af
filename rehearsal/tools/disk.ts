import * as fs from "node:fs/promises";
import * as path from "node:path";
import { amount } from "./plan";

/** What a step is going to write below a folder. */
export interface Need {
  folder: string;
  megabytes: number;
}

/** What is known of the file system that holds a folder (which need not exist yet). */
export type FreeSpace = (folder: string) => Promise<{ device: number; megabytes: number }>;

/** Throws an error for people when a file system has not enough room for what goes onto it. */
export async function checkDisk(needs: Need[], freeSpace: FreeSpace = freeSpaceOf): Promise<void> {
  const perDevice = new Map<number, { needed: number; free: number; folders: string[] }>();
  for (const { folder, megabytes } of needs) {
    const space = await freeSpace(folder);
    const entry = perDevice.get(space.device) ?? { needed: 0, free: space.megabytes, folders: [] };
    entry.needed += megabytes;
    if (!entry.folders.includes(folder)) entry.folders.push(folder);
    perDevice.set(space.device, entry);
  }
  for (const { needed, free, folders } of perDevice.values()) {
    if (free >= needed) continue;
    throw new Error(
      `Not enough disk space: ${amount(needed)} may be needed for ${folders.join(", ")}, ${amount(free)} are free. ` +
        "Make room, or set XDG_CACHE_HOME to a folder on a larger disk.",
    );
  }
}

async function freeSpaceOf(folder: string): Promise<{ device: number; megabytes: number }> {
  let existing = path.resolve(folder);
  while (!(await exists(existing)) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  const [stat, space] = await Promise.all([fs.stat(existing), fs.statfs(existing)]);
  return { device: stat.dev, megabytes: (space.bavail * space.bsize) / 1e6 };
}

async function exists(folder: string): Promise<boolean> {
  return fs.access(folder).then(
    () => true,
    () => false,
  );
}
