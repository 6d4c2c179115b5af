import * as pulumi from "@pulumi/pulumi";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
import { MeshError } from "./meshError";
import { qualified } from "./stackName";

/**
 * Looks whether this stack's last run had another home cluster: with `configCluster` changed alone it has. Google would be told of
 * the next config cluster before that has the load balancer's objects, and would delete the load balancer; and the certificate of
 * the edge would be made anew.
 *
 * @throws before anything is changed, with what to write instead.
 */
export async function refuseOtherHome({ id, configCluster, homeCluster }: Mesh): Promise<void> {
  const { outputs = {} } = (await pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name: qualified(pulumi.getStack()) })
    // What cannot be read was never deployed, or by somebody else: nothing is known then.
    .catch(() => ({}))) as { outputs?: Record<string, unknown> };
  const { mesh: last } = outputs;
  if (!isObject(last) || last.id !== id) return;
  // A stack that ran before the home cluster could be another does not name it.
  const before = last.homeCluster ?? last.configCluster;
  if (typeof before !== "string" || before === homeCluster) return;
  throw new MeshError(
    `The mesh's home cluster was ${before} when this stack ran last, and would be ${homeCluster} now; nothing was changed. It never changes while the mesh is up: ` +
      `write mesh.homeCluster: ${before} ` +
      (configCluster === homeCluster
        ? `beside mesh.configCluster: ${configCluster}, which then is moved without a gap (docs/shapes.md#the-config-cluster-moves).`
        : "again (docs/shapes.md#the-config-cluster-moves)."),
  );
}
