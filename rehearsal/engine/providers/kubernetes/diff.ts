import type { DiffKind, DiffResult } from "../base";
import { equal, isObject, isUnknown, type Value } from "../values";
import { Path, contains, parsePath, pathText, touches } from "./diffPaths";
import type { KubeObject } from "./object";

export interface DiffSpec {
  /** The live object, pruned to the shape of the old inputs. */
  old: KubeObject;
  new: KubeObject;
  replacing: string[][];
  ignoreChanges: string[];
}

type DetailedDiff = NonNullable<DiffResult["detailedDiff"]>;

/** What an update would change, per path. A path whose change needs a replacement says so. */
export function detailedDiff(spec: DiffSpec): DetailedDiff {
  const found: DetailedDiff = {};
  const ignored = spec.ignoreChanges.map(parsePath);
  compare([], spec.old, spec.new, (path, kind, value) => {
    if (ignored.some((pattern) => contains(pattern, path))) {
      return;
    }
    const replaces = spec.replacing.some((pattern) => touches(pattern, path, value));
    found[pathText(path)] = {
      kind: replaces ? (`${kind}-replace` as DiffKind) : kind,
      inputDiff: kind === "delete",
    };
  });
  return found;
}

/** The paths that force a replacement; losing all of `metadata` does too. */
export function replacesOf(diff: DetailedDiff): string[] {
  return Object.entries(diff)
    .filter(([path, entry]) => {
      const kind = typeof entry === "string" ? entry : entry.kind;
      return kind.endsWith("-replace") || (kind === "delete" && path === "metadata");
    })
    .map(([path]) => path);
}

type Report = (path: Path, kind: "add" | "update" | "delete", value: Value) => void;

function compare(path: Path, before: Value, after: Value, report: Report): void {
  if (isUnknown(after)) {
    report(path, before === undefined ? "add" : "update", after);
  } else if (after === undefined || after === null) {
    if (before !== undefined && before !== null) {
      report(path, "delete", after);
    }
  } else if (before === undefined) {
    report(path, "add", after);
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare([...path, name], before[name], after[name], report);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const [old, now] = [before, after];
    for (let i = 0; i < Math.max(old.length, now.length); i++) {
      compare([...path, i], old[i], now[i], report);
    }
  } else if (!equal(before, after)) {
    report(path, "update", after);
  }
}
