import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { home } from "../layout";
import { aliveAndWell, bringUp, STACKS } from "./aftermath";
import { changeByHand, type HandMade, note } from "./byHand";
import type { Scene } from "./kills";
import { operatorError } from "./operatorError";
import { operatorsOwn } from "./operatorsOwn";
import { stackState } from "./stackState";

/**
 * Changes one object of each kind that the program made, in the project and in the clusters, as a person would; looks whether
 * `refresh` finds each, and nothing else, and whether `up` mends it.
 */
export async function changesPart(scene: Scene): Promise<void> {
  const { rehearsal, pulumi, progress } = scene;
  await bringUp(scene);
  const report: (HandMade & { stack: string; found: boolean; mended: boolean })[] = [];
  const problems: string[] = [];
  for (const stack of STACKS) {
    const { resources } = await stackState(pulumi, stack);
    const made = await progress.step(`Change what ${stack} made by hand`, () =>
      changeByHand(rehearsal, resources, (kind, why) => progress.note(`  left alone: ${kind}: ${why}`)),
    );
    const noted = await note(rehearsal, resources, made);
    const looked = await pulumi.run(["refresh", "-s", stack, "--preview-only", "--diff"]);
    const shown = shownIn(looked.output);
    problems.push(
      ...noted.filter((urn) => shown.has(urn)).map((urn) => `shown, though only a note was added: ${urn}`),
    );
    await pulumi.run(["refresh", "-s", stack, "--yes", "--skip-preview"]);
    await progress.step(`pulumi up -s ${stack}`, (say) =>
      pulumi.run(["up", "-s", stack, "--yes", "--skip-preview"], say),
    );
    for (const change of made) {
      const found = shown.has(change.urn);
      const mended = isDeepStrictEqual(await change.read(), change.before);
      report.push({ ...change, stack, found, mended });
      progress.note(
        `  ${found ? "found" : "NOT FOUND"}, ${mended ? "mended" : "NOT MENDED"}: ${change.kind} ${change.what}`,
      );
      if (!found || !mended) {
        problems.push(`${change.urn}: ${change.what}: found ${found}, mended ${mended}`);
      }
    }
  }
  progress.note((await operatorsOwn(scene)).map((line) => `  ${line}`).join("\n"));
  problems.push(...(await operatorError(scene)));
  problems.push(...(await aliveAndWell(scene)));
  fs.writeFileSync(path.join(home, "changes.json"), JSON.stringify({ report, problems }, undefined, 2), {
    mode: 0o600,
  });
  for (const problem of problems) {
    progress.warn(problem);
  }
  progress.note(`${report.length} changes by hand; ${problems.length} problems.`);
  if (problems.length > 0) {
    throw new Error(`${problems.length} problems after ${report.length} changes by hand`);
  }
}

/** URNs of what a refresh would change: `--diff` names each under a line that begins with `~` or `-`. */
function shownIn(output: string): Set<string> {
  const found = new Set<string>();
  let changes = false;
  for (const line of output.split("\n")) {
    const [, sign] = /^\s*([~+-])+ ?[\w-]+:\S+: \(/.exec(line) ?? [];
    if (sign) {
      changes = true;
    } else if (/^\s+[\w-]+:\S+: \(/.test(line)) {
      changes = false;
    }
    const [, urn] = /\[urn=([^\]]+)\]/.exec(line) ?? [];
    if (urn && changes) {
      found.add(urn);
    }
  }
  return found;
}
