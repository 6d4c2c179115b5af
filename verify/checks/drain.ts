import { type Finding, messageOf, verdict } from "../check";
import type { Api } from "../cluster/client";
import { isOperators, joined, makeAgain, type Mesh, type MeshCluster, restartOperator } from "../mesh";
import { isReady, type KubernetesObject, nameOf, numberAt } from "../objects";
import { selects, short, workloadsOf } from "./workloads";

/** Whether a node can be drained, as its dry run says: an eviction of a pod of each. */
export async function drain(cluster: MeshCluster, mesh: Mesh): Promise<Finding> {
  const { api } = cluster;
  const workloads = await workloadsOf(cluster, mesh);
  const results = await Promise.all(
    workloads.map(async ({ namespace, labels, name, pods }) => {
      const all = await api.list("policy/v1", "PodDisruptionBudget", { namespace });
      const budgets = all.filter((budget) => selects(budget, "spec.selector.matchLabels", labels));
      const problems = budgetProblems(name, budgets);
      if (problems.length > 0) {
        return { problems, fix: budgetAdvice(cluster, mesh, budgets) };
      }
      const pod = pods.find(isReady);
      return { problems: pod ? await evictionProblems(api, pod) : [`${name} has no ready pod`], fix: "" };
    }),
  );
  const names = workloads.map(({ name }) => short(name)).join(", ");
  return verdict(
    results.flatMap(({ problems }) => problems),
    `dry run evicts ${names}`,
    joined(results.map(({ fix }) => fix)),
  );
}

/** The budget to keep is the operator's own, as it makes it. */
export function budgetAdvice(
  cluster: Pick<MeshCluster, "name">,
  { config }: Pick<Mesh, "config">,
  budgets: KubernetesObject[],
): string {
  const own = budgets.find(isOperators);
  const others = budgets.filter((budget) => budget !== own);
  const remove = (budget: KubernetesObject) => makeAgain(cluster, "pdb", budget);
  if (budgets.length > 1) {
    return `one budget per workload: ${others.map(remove).join("; ")}`;
  }
  return own
    ? `the operator makes it again: ${remove(own)}; its values: mesh.availability in Pulumi.yaml`
    : [...others.map(remove), `the operator makes its own: ${restartOperator(cluster, config)}`].join("; ");
}

/** @param budgets those that select the workload's pods */
export function budgetProblems(name: string, budgets: KubernetesObject[]): string[] {
  const [budget] = budgets;
  if (!budget) {
    return [`${name} has no PodDisruptionBudget`];
  }
  if (budgets.length > 1) {
    // The eviction API refuses a pod that has two.
    return [
      `${name} has ${budgets.length} PodDisruptionBudgets: ${budgets.map(({ metadata }) => metadata.name).join(", ")}`,
    ];
  }
  if (numberAt(budget, "status.desiredHealthy") === 0) {
    return [`PodDisruptionBudget ${nameOf(budget)} keeps no replica: a drain may take all of them at once`];
  }
  const allowed = numberAt(budget, "status.disruptionsAllowed") ?? 0;
  return allowed >= 1
    ? []
    : [`PodDisruptionBudget ${nameOf(budget)} allows no disruption: a drain would wait for ever`];
}

async function evictionProblems(api: Api, { metadata }: KubernetesObject): Promise<string[]> {
  const { name, namespace = "" } = metadata;
  try {
    await api.request("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      query: { dryRun: "All" },
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace },
        deleteOptions: { dryRun: ["All"] },
      },
    });
    return [];
  } catch (error) {
    return [`pod ${name} is not evicted: ${messageOf(error)}`];
  }
}
