/** Versions from `from` up to, but without, `below`. */
export interface Range {
  from: string;
  below: string;
}

/** The first version in a program's output, without a leading v and without build metadata (`+...`). */
export function versionIn(output: string): string | undefined {
  return /(?<![\d.])v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(output)?.[1];
}

/** Negative when `a` is the older one; only major, minor and patch count (vendors add suffixes of their own). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a program of `version` may stand for the `pinned` one: the same, or inside `accepts`. */
export function acceptable(version: string, pinned: string, accepts?: Range): boolean {
  if (version === pinned) return true;
  if (!accepts) return false;
  return compareVersions(version, accepts.from) >= 0 && compareVersions(version, accepts.below) < 0;
}

function numbers(version: string): number[] {
  return version.replace(/^v/, "").split("-")[0]!.split(".").map(Number);
}
