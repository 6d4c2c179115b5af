import * as pulumi from "@pulumi/pulumi";
import { contains, isCidr, parseCidr } from "./config/cidr";
import type { Mesh } from "./config/schema";
import { isObject } from "./config/schemaProblems";
import { MeshError } from "./meshError";
import { qualified } from "./stackName";

/** What a stack exported last, as far as another run may look at it. */
export interface LastOutputs {
  /** The output `mesh`; a stack that was destroyed has none. */
  mesh: Record<string, unknown>;
  /** Names of its clusters. */
  owned: string[];
}

/** @returns undefined where a stack has nothing of a mesh, is not there, or may not be read: nothing is known then. */
export async function lastOutputs(stack: string): Promise<LastOutputs | undefined> {
  const { outputs = {} } = (await pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name: qualified(stack) })
    .catch(() => ({}))) as { outputs?: Record<string, unknown> };
  const { mesh, clusters } = outputs;
  return isObject(mesh) ? { mesh, owned: isObject(clusters) ? Object.keys(clusters) : [] } : undefined;
}

/**
 * Compares with this stack's last run what Google, or the names of everything, keep as it is while the mesh is up. What would be
 * refused by Google comes late, after other changes were made; what would not be takes a part of the mesh away.
 *
 * @param clusters names of those that this stack owns.
 * @throws before anything is changed, with what to write instead.
 */
export async function refuseWhatNeverChanges(mesh: Mesh, clusters: readonly string[]): Promise<void> {
  const last = await lastOutputs(pulumi.getStack());
  if (!last) return;
  const id = last.mesh.id;
  const problems =
    typeof id === "string" && id !== mesh.id
      ? [
          `mesh.id was ${id}, and would be ${mesh.id} now. All names begin with it, so everything would be made anew: write mesh.id: ${id} again. ` +
            "For a second mesh make stacks of its own.",
        ]
      : [
          ...homeProblems(mesh, last),
          ...clusters.flatMap((cluster) => clusterProblems(mesh, cluster, last)),
          ...(await leavingProblems(mesh, clusters, last)),
        ];
  if (problems.length > 0) {
    throw new MeshError(
      ["This stack's last run had something else that never changes; nothing was changed.", ...problems].join(
        "\n  - ",
      ),
    );
  }
}

/**
 * Google would be told of the next config cluster before that has the load balancer's objects, and would delete the load
 * balancer; and the certificate of the edge would be made anew.
 */
function homeProblems({ configCluster, homeCluster }: Mesh, { mesh: last }: LastOutputs): string[] {
  // A stack that ran before the home cluster could be another does not name it.
  const before = last.homeCluster ?? last.configCluster;
  if (typeof before !== "string" || before === homeCluster) return [];
  return [
    `The mesh's home cluster was ${before}, and would be ${homeCluster} now. It never changes while the mesh is up: write mesh.homeCluster: ${before} ` +
      (configCluster === homeCluster
        ? `beside mesh.configCluster: ${configCluster}, which then is moved without a gap (docs/shapes.md#the-config-cluster-moves).`
        : "again (docs/shapes.md#the-config-cluster-moves)."),
  ];
}

function clusterProblems({ clusters }: Mesh, name: string, { mesh: last, owned }: LastOutputs): string[] {
  const before = isObject(last.clusters) ? last.clusters[name] : undefined;
  const now = clusters[name];
  if (!now || !isObject(before) || !owned.includes(name)) return [];
  const path = `mesh.clusters.${name}`;
  const other = `For something else give a new cluster a name of its own, and let this one leave (docs/shapes.md#a-member-leaves).`;
  // Runs of older versions say nothing of it.
  if (typeof before.existing === "boolean" && before.existing !== (now.existing !== undefined)) {
    return [
      before.existing
        ? `${path}.existing is gone, and the cluster was there before this program: it would make another one. Write it again. ${other}`
        : `${path}.existing is new, and this stack made the cluster: it would delete it. Take existing out again. ${other}`,
    ];
  }
  const ranges = isObject(before.ranges) ? before.ranges : {};
  const kept = [
    ...(["pods", "services", "controlPlane"] as const).map((range) => ({
      field: `ranges.${range}`,
      was: ranges[range],
      is: now.ranges?.[range],
    })),
    ...(now.existing ? [] : [{ field: "region", was: before.region, is: now.region }]),
  ];
  const wider = (was: string, is = "") => {
    const [before, after] = [parseCidr(was), parseCidr(is)];
    return !isCidr(before) || (isCidr(after) && contains(after, before));
  };
  const { nodes } = ranges;
  return [
    ...kept.flatMap(({ field, was, is }) =>
      typeof was === "string" && was !== is
        ? [
            `${path}.${field} was ${was}, which Google keeps for a cluster's life: write ${was} again. ${other}`,
          ]
        : [],
    ),
    ...(typeof nodes === "string" && !wider(nodes, now.ranges?.nodes)
      ? [`${path}.ranges.nodes was ${nodes}, and may only become wider: write ${nodes} again. ${other}`]
      : []),
  ];
}

/** The home cluster's stack signs for every cluster of the map: without its entry one that is up would lose its certificate. */
async function leavingProblems(
  { clusters, homeCluster, id }: Mesh,
  owned: readonly string[],
  { mesh: last }: LastOutputs,
): Promise<string[]> {
  if (!owned.includes(homeCluster) || !isObject(last.clusters)) return [];
  const gone = Object.entries(last.clusters).filter(([name]) => !Object.hasOwn(clusters, name));
  const problems = gone.map(async ([name, entry]) => {
    const stack = isObject(entry) && typeof entry.stack === "string" ? entry.stack : name;
    if (qualified(stack) === qualified(pulumi.getStack())) return [];
    const theirs = await lastOutputs(stack);
    if (theirs?.mesh.id !== id || !theirs.owned.includes(name)) return [];
    const leave =
      theirs.owned.length > 1
        ? `take ${name} out of mesh:clusters of stack ${stack}, which has ${theirs.owned.filter((one) => one !== name).join(", ")} too, and pulumi up -s ${stack}`
        : `pulumi destroy -s ${stack}`;
    return [
      `mesh.clusters has no ${name} any more, and stack ${stack} is still up with it: its certificate would go. Put the entry back, then: ` +
        `pulumi up -s ${stack} -c mesh:deletionProtection=false; ${leave}; then take the entry out (docs/shapes.md#a-member-leaves).`,
    ];
  });
  return (await Promise.all(problems)).flat();
}
