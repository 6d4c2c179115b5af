import * as pulumi from "@pulumi/pulumi";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
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
  const owners = await Promise.all(clusters.map((cluster) => otherOwner(mesh, cluster)));
  const here = pulumi.getStack();
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

/** The stack that the map names, where it is another one whose outputs hold the cluster. */
async function otherOwner(mesh: Mesh, cluster: string): Promise<string | undefined> {
  const written = mesh.clusters[cluster]?.stack ?? cluster;
  const name = qualified(written);
  if (name === qualified(pulumi.getStack())) return undefined;
  const { outputs = {} } = (await pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name })
    // A stack that is not there owns nothing; nor does one that nobody may read keep this one from being made.
    .catch(() => ({}))) as { outputs?: Record<string, unknown> };
  const { mesh: theirs, clusters } = outputs;
  const same = isObject(theirs) && theirs.id === mesh.id;
  return same && isObject(clusters) && Object.hasOwn(clusters, cluster) ? written : undefined;
}
