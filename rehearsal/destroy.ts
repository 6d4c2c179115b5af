import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { theirIds } from "./existing";
import type { Rehearsal } from "./host";
import { layout } from "./layout";
import type { Progress } from "./progress";
import type { Pulumi } from "./pulumi";

/**
 * Takes stacks down as a person would: first protection off, which is an `up` of its own, then `destroy`, the stack that
 * came last first.
 *
 * @returns whether they left nothing: in the clusters that live on, and, after the last stack, in the simulated project.
 * @throws before anything is changed, when a stack that stays needs one that is to go.
 */
export async function destroy(
  rehearsal: Rehearsal,
  pulumi: Pulumi,
  stacks: string[],
  progress: Progress,
): Promise<boolean> {
  const deployed = await deployedStacks(pulumi);
  const going = deployed.filter((stack) => stacks.includes(stack));
  const staying = deployed.filter((stack) => !stacks.includes(stack));
  refuseWrongOrder(going, staying);

  const left: string[] = [];
  for (const stack of stacks.filter((name) => going.includes(name)).reverse()) {
    const before = [...rehearsal.clusters.keys()];
    await progress.step(`pulumi up -s ${stack} -c deletionProtection=false`, (say) =>
      pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", "-c", "mesh:deletionProtection=false"], say),
    );
    await progress.step(`pulumi destroy -s ${stack}`, (say) =>
      pulumi.run(["destroy", "-s", stack, "--yes", "--skip-preview"], say),
    );
    const gone = before.filter((name) => !rehearsal.clusters.has(name));
    left.push(...(await tracesIn(rehearsal, gone)));
  }
  if (staying.length === 0) {
    left.push(...restOf(rehearsal));
  }

  for (const what of left) {
    progress.warn(`left: ${what}`);
  }
  if (left.length === 0) {
    progress.note(
      staying.length > 0
        ? `${going.join(", ")} left nothing in the clusters of ${staying.join(", ")}.`
        : "Nothing is left in the simulated project but enabled APIs and the roles of Google's service agents" +
            (theirIds().length > 0
              ? ", and the clusters and the network that were there before."
              : ": no cluster, no network, no address, no load balancer, no certificate."),
    );
  }
  return left.length === 0;
}

async function deployedStacks(pulumi: Pulumi): Promise<string[]> {
  const { output } = await pulumi.run(["stack", "ls", "--json"]);
  const stacks = JSON.parse(output) as { name: string; resourceCount?: number }[];
  return stacks
    .filter(({ resourceCount = 0 }) => resourceCount > 0)
    .map(({ name }) => name.split("/").at(-1) ?? name);
}

function refuseWrongOrder(going: string[], staying: string[]): void {
  for (const stack of staying) {
    const file = path.join(layout.program, `Pulumi.${stack}.yaml`);
    const { config } = parse(fs.readFileSync(file, "utf8")) as { config: { "mesh:peers"?: string[] } };
    const needed = (config["mesh:peers"] ?? []).filter((peer) => going.includes(peer));
    if (needed.length > 0) {
      throw new Error(
        `${stack} is still up and needs ${needed.join(", ")}: destroy it first, or both: --stacks ${[...needed, stack].join(",")}`,
      );
    }
  }
}

/** What clusters that are gone have left behind in those that live on. */
async function tracesIn(rehearsal: Rehearsal, gone: string[]): Promise<string[]> {
  const found = await Promise.all(
    [...rehearsal.clusters].map(async ([cluster, { plane }]) => {
      const secrets = await plane.client.list("v1", "Secret", { namespace: "istio-system" });
      return secrets
        .map(({ metadata }) => metadata.name)
        .filter((name) => gone.some((other) => name.endsWith(`-${other}`)))
        .map((name) => `Secret istio-system/${name} in ${cluster}`);
    }),
  );
  return found.flat();
}

/** The program leaves these on purpose: APIs, and what Google's own agents may do, serve others in a project too. */
const KEPT = [/\/services\//, /serviceAgent\//];

function restOf(rehearsal: Rehearsal): string[] {
  const { resources, derived } = rehearsal.project.contents();
  const theirs = theirIds();
  return [...resources, ...derived]
    .map(({ id }) => id)
    .filter((id) => !theirs.includes(id))
    .filter((id) => !KEPT.some((pattern) => pattern.test(id)));
}
