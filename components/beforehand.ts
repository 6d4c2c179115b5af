import { MeshConfigError, unknownName } from "./config/problems";
import type { Mesh } from "./config/schema";
import { refuseWhatNeverChanges } from "./lastRun";
import { refuseOtherOwners } from "./otherOwners";
import { preflight } from "./preflight";
import { checkProjectAccess } from "./projectAccess";

export interface Beforehand {
  /** Google Cloud project id. */
  project: string;
  /** As `readMesh` gives it. */
  mesh: Mesh;
  /** Names of the clusters that the stack owns. */
  clusters: readonly string[];
  /** Names of clusters of other stacks that it links with. Default: none. */
  peers?: readonly string[];
  /** Whether to ask Google what the account may do. Default: true. */
  checkPermissions?: boolean;
}

/**
 * Looks at everything around a mesh that can be seen before anything of it is made: the tools and whether they are logged in, the
 * stack's last run (another home cluster, other ranges), other stacks (another owner of a cluster), and what the account may do.
 * Of its last run and of others it knows what their outputs `mesh` and `clusters` say; of others those of the same Pulumi project
 * that are called like a cluster, or as the map says.
 *
 * @throws one error with what is wrong and what to do, and nothing was changed.
 */
export async function checkBeforehand(about: Beforehand): Promise<void> {
  const { project, mesh, clusters, peers = [], checkPermissions = true } = about;
  refuseUnknown(mesh, { "mesh:clusters": clusters, "mesh:peers": peers });
  // The home cluster's stack looks whether Google reads what is in the config cluster.
  const reached = [
    ...clusters,
    ...peers,
    ...(clusters.includes(mesh.homeCluster) ? [mesh.configCluster] : []),
  ];
  await preflight({ gke: reached.some((cluster) => !mesh.clusters[cluster]?.existing) });
  await refuseWhatNeverChanges(mesh, clusters);
  await refuseOtherOwners(mesh, clusters);
  if (checkPermissions) {
    await checkProjectAccess({ project, mesh, clusters });
  }
}

/** `readMesh` has checked those that it was given; these may be others. */
function refuseUnknown({ clusters }: Mesh, named: Record<string, readonly string[]>): void {
  const known = Object.keys(clusters);
  const problems = Object.entries(named).flatMap(([path, names]) =>
    names
      .filter((name) => !known.includes(name))
      .map((value) => ({ path, value, remedy: `is not in mesh.clusters: ${unknownName(value, known)}` })),
  );
  if (problems.length > 0) {
    throw new MeshConfigError(problems);
  }
}
