import { type Finding, keyOf, type Question, verdict } from "../check";
import { joined, kubectl, type Mesh, type MeshCluster, putBack } from "../mesh";
import { count, type KubernetesObject, listAt, nameOf, objectAt, textAt } from "../objects";

const CLUSTER = "topology.istio.io/cluster";

/** A route to one cluster of several works only where all of them know its subsets. */
export function routeQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.map((cluster) => ({
    id: "subsets",
    cluster: cluster.name,
    title: "Subsets are everywhere",
    breaks: "requests that are pinned to a cluster fail with 503 where they come through this one",
    fix: mesh.clusters.map(putBack).join("; "),
    needs: mesh.clusters.map(({ name }) => keyOf({ id: "cluster", cluster: name })),
    ask: async () => {
      const rules = await Promise.all(
        mesh.clusters.map(async ({ name, api }) => ({
          name,
          rules: await api.list("networking.istio.io/v1", "DestinationRule"),
        })),
      );
      const own = rules.find(({ name }) => name === cluster.name)?.rules ?? [];
      const others = rules.filter(({ name }) => name !== cluster.name);
      return subsets(mesh, cluster, own, others);
    },
  }));
}

function subsets(
  mesh: Mesh,
  cluster: MeshCluster,
  own: KubernetesObject[],
  others: { name: string; rules: KubernetesObject[] }[],
): Finding {
  const pinned = own.filter(pins);
  const results = others.flatMap(({ name, rules }) =>
    rules.filter(pins).map((rule) => {
      const problems = missingSubsets(own, [rule], name);
      return { problems, copy: problems.length > 0 ? copied(rule, { name }, cluster) : "" };
    }),
  );
  const copies = joined(results.map(({ copy }) => copy));
  return verdict(
    results.flatMap(({ problems }) => problems),
    pinned.length === 0 ? "none pins to a cluster" : count(pinned.length, "rule"),
    copies &&
      `a rule of a stack: ${[...new Set(mesh.clusters.map(putBack))].join("; ")}; a rule of your own: ${copies}`,
  );
}

/** Makes an object of one cluster in another one. */
function copied(
  { metadata: { name, namespace } }: KubernetesObject,
  from: Pick<MeshCluster, "name">,
  to: Pick<MeshCluster, "name">,
): string {
  const get = `${kubectl(from)} -n ${namespace} get destinationrule ${name} -o yaml`;
  // What the other API server gives itself.
  return `${get} | sed '/^  resourceVersion:/d; /^  uid:/d' | ${kubectl(to)} apply -f -`;
}

function pins(rule: KubernetesObject): boolean {
  return listAt(rule, "spec.subsets").some((subset) => objectAt(subset, "labels")[CLUSTER] !== undefined);
}

/** Subsets of another cluster's rules that these do not have. */
export function missingSubsets(own: KubernetesObject[], theirs: KubernetesObject[], other: string): string[] {
  return theirs.flatMap((rule) => {
    const host = textAt(rule, "spec.host");
    const same = own.filter((one) => textAt(one, "spec.host") === host);
    const names = same.flatMap((one) => listAt(one, "spec.subsets")).map(({ name }) => String(name));
    const missing = listAt(rule, "spec.subsets")
      .map(({ name }) => String(name))
      .filter((name) => !names.includes(name));
    return missing.length > 0
      ? [
          `DestinationRule ${nameOf(rule)} of ${other} has the subsets ${missing.join(", ")} for ${host}; here are none`,
        ]
      : [];
  });
}
