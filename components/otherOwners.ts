import * as pulumi from "@pulumi/pulumi";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
import { type LastOutputs, lastOutputs } from "./lastRun";
import { MeshError } from "./meshError";
import { qualified } from "./stackName";

/**
 * Looks whether another stack has a cluster that this one is to own. Google would refuse the second one by its name, but in an
 * existing cluster both would install Istio, and take it away from each other.
 *
 * @param clusters names of those that this stack owns.
 * @throws before anything is created, with what to write instead.
 */
export async function refuseOtherOwners(mesh: Mesh, clusters: readonly string[]): Promise<void> {
  const here = pulumi.getStack();
  const known = await Promise.all(
    [here, mesh.clusters[mesh.homeCluster]?.stack ?? mesh.homeCluster].map(lastOutputs),
  );
  const owners = await Promise.all(clusters.map((cluster) => otherOwner(mesh, cluster, known)));
  const problems = clusters.flatMap((cluster, index) => {
    const owner = owners[index];
    return owner === undefined
      ? []
      : [
          `mesh:clusters of stack ${here} names ${cluster}, and stack ${owner} has it. To work on it: -s ${owner}. ` +
            `To add a region: write a cluster of its own into mesh.clusters, and its name into mesh:clusters of Pulumi.${here}.yaml. ` +
            `To have it in this stack: take it out of ${owner} first (docs/google-cloud.md#destroy), and write mesh.clusters.${cluster}.stack: ${here}`,
        ];
  });
  if (problems.length > 0) {
    throw new MeshError(["A cluster has one stack; nothing was changed.", ...problems].join("\n  - "));
  }
}

/** A stack whose outputs hold the cluster: the one that the map names, one that is called like it, or one that the last runs named. @param known what this stack and the home cluster's exported last */
async function otherOwner(
  mesh: Mesh,
  cluster: string,
  known: (LastOutputs | undefined)[],
): Promise<string | undefined> {
  const here = pulumi.getStack();
  const named = known.flatMap((last) => {
    const entry = isObject(last?.mesh.clusters) ? last.mesh.clusters[cluster] : undefined;
    return isObject(entry) && typeof entry.stack === "string" && last?.mesh.id === mesh.id
      ? [entry.stack]
      : [];
  });
  const candidates = [mesh.clusters[cluster]?.stack ?? cluster, cluster, ...named];
  for (const candidate of new Set(candidates)) {
    const theirs = qualified(candidate) === qualified(here) ? undefined : await lastOutputs(candidate);
    if (theirs?.mesh.id === mesh.id && theirs.owned.includes(cluster)) return candidate;
  }
  return undefined;
}
