import type { Mesh } from "./config/schema";
import { refuseOtherHome } from "./homeCluster";
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
 * stack's last run (another home cluster), other stacks of the project (another owner of a cluster), and what the account may do.
 * Of a stack's last run and of others it knows what their outputs `mesh` and `clusters` say.
 *
 * @throws one error with what is wrong and what to do, and nothing was changed.
 */
export async function checkBeforehand(about: Beforehand): Promise<void> {
  const { project, mesh, clusters, peers = [], checkPermissions = true } = about;
  // The home cluster's stack looks whether Google reads what is in the config cluster.
  const reached = [
    ...clusters,
    ...peers,
    ...(clusters.includes(mesh.homeCluster) ? [mesh.configCluster] : []),
  ];
  await preflight({ gke: reached.some((cluster) => !mesh.clusters[cluster]?.existing) });
  await refuseOtherHome(mesh);
  await refuseOtherOwners(mesh, clusters);
  if (checkPermissions) {
    await checkProjectAccess({ project, mesh, clusters });
  }
}
