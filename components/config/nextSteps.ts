import type { Mesh } from "./schema";

/**
 * What a stack cannot do itself, and has to be done in others: commands, each with its reason. Empty for a stack that owns every
 * cluster.
 *
 * @param owned names of the clusters that this stack owns.
 * @param peers names of those that it is linked with.
 */
export function nextSteps(mesh: Mesh, owned: readonly string[], peers: readonly string[]): string[] {
  const others = Object.keys(mesh.clusters).filter((name) => !owned.includes(name));
  const stack = (name: string) => mesh.clusters[name]?.stack ?? name;
  if (owned.includes(mesh.configCluster)) {
    const shared = [
      "ranges",
      ...(mesh.routes.length > 0 ? ["routes"] : []),
      // It names all clusters, those too that have never answered.
      ...(mesh.verifyWorkload.enabled ? ["the verify page"] : []),
    ];
    const each = [shared.slice(0, -1).map((what) => `, ${what}`), ` or ${shared.at(-1)}`].flat().join("");
    return others.map(
      (name) =>
        `pulumi up -s ${stack(name)}: makes ${name} and its links, or takes over its intermediate certificate${each} where they changed`,
    );
  }
  return others
    .filter((name) => !peers.includes(name))
    .map(
      (name) =>
        `${name} is not linked with ${owned.join(", ")} by this stack: whichever comes later names the other in mesh:peers, this one or ${stack(name)}`,
    );
}
