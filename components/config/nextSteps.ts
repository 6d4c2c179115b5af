import type { Mesh } from "./schema";

/** What a stack's run was made from, as digests: other stacks see by them whether that is still so. */
export interface MadeFrom {
  /** By cluster of the stack: what it takes from the configuration and from the home cluster's stack. */
  clusters: Record<string, string>;
  /** By peer: how its API server is reached, which the links hold. */
  peers: Record<string, string>;
}

/** `absent`: there is no such stack. `empty`: it was never deployed, or it was destroyed. `unknown`: it does not say. */
export type LastRun = MadeFrom | "absent" | "empty" | "unknown";

export interface NextSteps {
  mesh: Mesh;
  /** Names of the clusters that this stack owns. */
  owned: readonly string[];
  /** Names of those that it is linked with. */
  peers: readonly string[];
  /** The cluster whose MultiClusterIngress Google reads so far; left out where this stack's run says it. */
  read?: string;
  /** The last run of the stack of each other cluster, by cluster. */
  lastRuns: Readonly<Record<string, LastRun>>;
  /** What a run of the others would be made from now: each other cluster, with this stack's own as peers. */
  now: MadeFrom;
}

/**
 * What a stack cannot do itself, and has to be done in others: commands, each with its reason. Empty for a stack that owns every
 * cluster. What another version of the program would make otherwise is not among it, nor what was changed by hand.
 */
export function nextSteps(args: NextSteps): string[] {
  const steps = args.owned.includes(args.mesh.homeCluster)
    ? [...behind(args), ...linkedWithGone(args)]
    : [...move(args), ...unlinked(args)];
  return [...steps, ...linkedOtherwise(args)];
}

function stackOf({ mesh }: NextSteps, name: string): string {
  return mesh.clusters[name]?.stack ?? name;
}

function othersOf({ mesh, owned }: NextSteps): string[] {
  return Object.keys(mesh.clusters).filter((name) => !owned.includes(name));
}

/** Other stacks that name one of these clusters as a peer: they need it, and nobody else tells them when it goes. */
export function linkedStacks(
  mesh: Mesh,
  owned: readonly string[],
  lastRuns: Readonly<Record<string, LastRun>>,
): string[] {
  const linked = Object.entries(lastRuns).filter(
    ([, run]) => typeof run === "object" && owned.some((cluster) => Object.hasOwn(run.peers, cluster)),
  );
  return [...new Set(linked.map(([cluster]) => mesh.clusters[cluster]?.stack ?? cluster))];
}

/** The peers of each other stack that says them. */
function linksOf(args: NextSteps): [stack: string, peers: MadeFrom["peers"]][] {
  const links = new Map<string, MadeFrom["peers"]>();
  for (const name of othersOf(args)) {
    const lastRun = args.lastRuns[name];
    if (typeof lastRun === "object") links.set(stackOf(args, name), lastRun.peers);
  }
  return [...links];
}

function behind(args: NextSteps): string[] {
  return othersOf(args).flatMap((name) => {
    const { [name]: lastRun = "unknown" } = args.lastRuns;
    const up = `pulumi up -s ${stackOf(args, name)}`;
    const makes = `${up}: makes ${name} and its links`;
    if (lastRun === "absent") return [makes];
    if (lastRun === "empty") {
      return [
        `${makes}; if it was destroyed and is not to come back, take ${name} out of mesh.clusters instead (docs/shapes.md#a-member-leaves)`,
      ];
    }
    if (lastRun === "unknown") {
      return [
        `${up}: takes over what has changed since its last run; whether anything has cannot be seen in its outputs`,
      ];
    }
    const had = lastRun.clusters[name];
    if (had === undefined) return [makes];
    return had === args.now.clusters[name]
      ? []
      : [
          `${up}: takes over what has changed since its last run in mesh:mesh, certificates or the global address`,
        ];
  });
}

function linkedWithGone(args: NextSteps): string[] {
  return linksOf(args).flatMap(([stack, peers]) =>
    Object.keys(peers)
      .filter((peer) => !Object.hasOwn(args.mesh.clusters, peer))
      .map(
        (peer) =>
          `pulumi up -s ${stack}, with ${peer} taken out of its mesh:peers: gives up the links with ${peer}, which has left mesh.clusters; ` +
          `if that cluster is gone already, with PULUMI_K8S_DELETE_UNREACHABLE=true (docs/shapes.md#a-member-leaves)`,
      ),
  );
}

function move(args: NextSteps): string[] {
  const { mesh, owned, read = mesh.configCluster } = args;
  const { configCluster, homeCluster } = mesh;
  return owned.includes(configCluster) && read !== configCluster
    ? [
        `pulumi up -s ${stackOf(args, homeCluster)}: lets Google read the MultiClusterIngress in ${configCluster} instead of ${read}; until then ${configCluster} only stands by`,
      ]
    : [];
}

function unlinked(args: NextSteps): string[] {
  const { owned, peers, lastRuns } = args;
  const linkedThere = (name: string) => {
    const lastRun = lastRuns[name];
    return typeof lastRun === "object" && owned.every((own) => Object.hasOwn(lastRun.peers, own));
  };
  return othersOf(args)
    .filter((name) => !peers.includes(name) && !linkedThere(name))
    .map(
      (name) =>
        `${name} is not linked with ${owned.join(", ")} by this stack: whichever comes later names the other in mesh:peers, this one or ${stackOf(args, name)}`,
    );
}

function linkedOtherwise(args: NextSteps): string[] {
  return linksOf(args).flatMap(([stack, peers]) =>
    args.owned
      .filter((own) => Object.hasOwn(peers, own) && peers[own] !== args.now.peers[own])
      .map(
        (own) =>
          `pulumi up -s ${stack}: its links hold another address or CA of ${own}'s API server; ` +
          `if ${own} was lost and built again, first PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh -s ${stack} (docs/shapes.md#a-lost-cluster)`,
      ),
  );
}
