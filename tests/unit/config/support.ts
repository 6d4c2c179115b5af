import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { MeshConfigError, sayProblem } from "../../../components/config/problems";

export const FIXTURES = join(__dirname, "fixtures");

/** A file of `fixtures/`, read anew so that a test may change it. */
export function fixture<T = Record<string, unknown>>(name: string): T {
  return parse(readFileSync(join(FIXTURES, name), "utf8")) as T;
}

/** Sets and removes values at dotted paths. */
export function change(
  mesh: Record<string, unknown>,
  set: Record<string, unknown> = {},
  unset: readonly string[] = [],
): Record<string, unknown> {
  for (const [path, value] of Object.entries(set)) {
    const { holder, key } = locate(mesh, path);
    holder[key] = value;
  }
  for (const path of unset) {
    const { holder, key } = locate(mesh, path);
    assert.ok(key in holder, `nothing to remove at ${path}`);
    delete holder[key];
  }
  return mesh;
}

function locate(mesh: Record<string, unknown>, path: string) {
  const keys = path.split(".");
  const key = keys.pop() ?? "";
  let holder = mesh;
  for (const step of keys) {
    holder[step] ??= {};
    holder = holder[step] as Record<string, unknown>;
  }
  return { holder, key };
}

/** The lines of the MeshConfigError that `work` throws. */
export function mistakesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MeshConfigError, String(error));
    return error.problems.map(sayProblem);
  }
  assert.fail("no mistake was found");
}
