import type { Mesh } from "./schema";

/**
 * What a stack cannot do itself, and has to be done in others: commands, each with its reason. Empty for a stack that owns every
 * cluster.
 *
 * @param owned names of the clusters that this stack owns.
 * @param peers names of those that it is linked with.
 * @param read the cluster whose MultiClusterIngress Google reads so far; left out where this stack's run says it.
 */
export function nextSteps(
  mesh: Mesh,
  owned: readonly string[],
  peers: readonly string[],
  read: string = mesh.configCluster,
): string[] {
  const { configCluster, homeCluster } = mesh;
  const others = Object.keys(mesh.clusters).filter((name) => !owned.includes(name));
  const stack = (name: string) => mesh.clusters[name]?.stack ?? name;
  if (owned.includes(homeCluster)) {
    const shared = [
      "certificates",
      "ranges",
      ...(mesh.routes.length > 0 ? ["routes"] : []),
      // It names all clusters, those too that have never answered.
      ...(mesh.verifyWorkload.enabled ? ["the verify page"] : []),
    ].join(", ");
    return others.map(
      (name) =>
        `pulumi up -s ${stack(name)}: makes ${name} and its links, or takes over ${shared} or another config cluster where they changed`,
    );
  }
  const move =
    owned.includes(configCluster) && read !== configCluster
      ? [
          `pulumi up -s ${stack(homeCluster)}: lets Google read the MultiClusterIngress in ${configCluster} instead of ${read}; until then ${configCluster} only stands by`,
        ]
      : [];
  const unlinked = others
    .filter((name) => !peers.includes(name))
    .map(
      (name) =>
        `${name} is not linked with ${owned.join(", ")} by this stack: whichever comes later names the other in mesh:peers, this one or ${stack(name)}`,
    );
  return [...move, ...unlinked];
}
