import { listAt, numberAt, objectAt, textAt } from "../google/properties";
import type { ApiClient, ApiObject } from "../kubernetes/client";
import { messageOf, verdict, type Finding, type Question } from "./check";
import {
  type CheckedCluster,
  type CheckedMesh,
  EAST_WEST_GATEWAY,
  INGRESS_GATEWAY,
  isReady,
  labelOf,
  podsOf,
} from "./mesh";

/** Losing a node, or draining one, never takes the last replica of anything of Istio's. */
export function availabilityQuestions({ clusters }: CheckedMesh): Question[] {
  return clusters.flatMap((cluster): Question[] => [
    {
      id: "drain",
      cluster: cluster.name,
      title: "Nodes can be drained",
      ask: () => drain(cluster),
    },
    {
      id: "autoscaling",
      cluster: cluster.name,
      title: "Two replicas are held",
      ask: () => autoscaling(cluster),
    },
    {
      id: "spot-placement",
      cluster: cluster.name,
      title: "Istio runs on spot nodes",
      ask: () => placement(cluster),
    },
  ]);
}

/** A Deployment that the operator made. */
interface Workload {
  deployment: ApiObject;
  name: string;
  namespace: string;
  /** Of its pods. */
  labels: Record<string, string>;
  /** Those that stay. */
  pods: ApiObject[];
}

const EXPECTED = ["istiod", EAST_WEST_GATEWAY, INGRESS_GATEWAY];

async function workloadsOf({ name, client }: CheckedCluster): Promise<Workload[]> {
  const labelSelector = "install.operator.istio.io/owning-resource";
  const deployments = await client.list("apps/v1", "Deployment", { labelSelector });
  const found = await Promise.all(
    deployments.map(async (deployment): Promise<Workload> => {
      const { name, namespace = "" } = deployment.metadata;
      const selector = textMap(deployment, "spec.selector.matchLabels");
      const pods = await podsOf(client, namespace, selector);
      return {
        deployment,
        name,
        namespace,
        labels: textMap(deployment, "spec.template.metadata.labels"),
        pods,
      };
    }),
  );
  const missing = EXPECTED.filter((app) => !found.some(({ labels }) => labels.app === app));
  if (missing.length > 0) {
    throw new Error(`${name} has no Deployment with the label app=${missing.join(", app=")}`);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

async function drain(cluster: CheckedCluster): Promise<Finding> {
  const { client } = cluster;
  const workloads = await workloadsOf(cluster);
  const results = workloads.map(async (workload) => {
    const { namespace, labels, name, pods } = workload;
    const all = await client.list("policy/v1", "PodDisruptionBudget", { namespace });
    const budgets = all.filter((budget) => selects(budget, "spec.selector.matchLabels", labels));
    const problems = budgetProblems(name, budgets);
    const pod = pods.find(isReady);
    if (!pod) {
      problems.push(`${name} has no ready pod`);
    } else {
      problems.push(...(await evictionProblems(client, pod)));
    }
    return problems;
  });
  const problems = (await Promise.all(results)).flat();
  const names = workloads.map(({ name }) => short(name)).join(", ");
  return verdict(problems, `dry run evicts ${names}`);
}

/** @param budgets those that select the workload's pods */
export function budgetProblems(name: string, budgets: ApiObject[]): string[] {
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
  const allowed = numberAt(budget, "status.disruptionsAllowed") ?? 0;
  return allowed >= 1
    ? []
    : [`the PodDisruptionBudget of ${name} allows no disruption: a drain would wait for ever`];
}

async function evictionProblems(client: ApiClient, { metadata }: ApiObject): Promise<string[]> {
  const { name, namespace = "" } = metadata;
  try {
    await client.request("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
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

async function autoscaling(cluster: CheckedCluster): Promise<Finding> {
  const all = await cluster.client.list("autoscaling/v2", "HorizontalPodAutoscaler");
  const workloads = await workloadsOf(cluster);
  const problems = workloads.flatMap(({ deployment, name, namespace }) => {
    const scaler = all.find(
      (one) => one.metadata.namespace === namespace && textAt(one, "spec.scaleTargetRef.name") === name,
    );
    return scalerProblems(name, scaler, deployment);
  });
  const sizes = workloads.map(({ name, pods }) => `${short(name)} ${pods.filter(isReady).length}`);
  return verdict(problems, sizes.join(", "));
}

export function scalerProblems(name: string, scaler: ApiObject | undefined, deployment: ApiObject): string[] {
  if (!scaler) {
    return [`${name} has no HorizontalPodAutoscaler`];
  }
  const problems: string[] = [];
  const [least, wanted, current] = [
    numberAt(scaler, "spec.minReplicas") ?? 1,
    numberAt(scaler, "status.desiredReplicas") ?? 0,
    numberAt(scaler, "status.currentReplicas") ?? 0,
  ];
  if (least < 2) {
    problems.push(`the HorizontalPodAutoscaler of ${name} has minReplicas ${least}`);
  }
  if (Math.min(wanted, current) < Math.max(least, 2)) {
    problems.push(`the HorizontalPodAutoscaler of ${name} holds ${current} and wants ${wanted} replicas`);
  }
  const ready = numberAt(deployment, "status.readyReplicas") ?? 0;
  if (ready < 2) {
    problems.push(`${name} has ${ready} ready replicas`);
  }
  // Utilization is a share of the request: without one nothing is ever scaled.
  for (const container of listAt(deployment, "spec.template.spec.containers")) {
    if (objectAt(container, "resources.requests").cpu === undefined) {
      problems.push(`container ${textAt(container, "name")} of ${name} has no CPU request`);
    }
  }
  return problems;
}

async function placement(cluster: CheckedCluster): Promise<Finding> {
  const { client } = cluster;
  const nodes = new Map((await client.list("v1", "Node")).map((node) => [node.metadata.name, node]));
  const workloads = await workloadsOf(cluster);
  const problems = workloads.flatMap(({ name, pods }) => placementProblems(name, pods, nodes));
  const operators = await client.list("v1", "Pod", { labelSelector: "name=istio-operator" });
  problems.push(...operators.flatMap((pod) => operatorProblems(pod, nodes)));
  if (operators.length === 0) {
    problems.push("no pod of the operator runs");
  }
  return verdict(problems, "replicas on different spot nodes; the operator on one that stays");
}

type Nodes = Map<string, ApiObject>;

export function placementProblems(name: string, pods: ApiObject[], nodes: Nodes): string[] {
  const problems = pods
    .filter((pod) => !isSpot(nodes.get(nodeOf(pod))))
    .map((pod) => `pod ${pod.metadata.name} is on ${nodeOf(pod) || "no node"}, which is no spot node`);
  const used = new Set(pods.map(nodeOf));
  if (used.size < pods.length) {
    problems.push(
      `${pods.length} pods of ${name} share ${used.size === 1 ? "one node" : `${used.size} nodes`}`,
    );
  }
  return problems;
}

/** Who mends what preemption breaks must not be preempted. */
export function operatorProblems(pod: ApiObject, nodes: Nodes): string[] {
  const node = nodes.get(nodeOf(pod));
  return node && !isSpot(node)
    ? []
    : [`pod ${pod.metadata.name} of the operator is on ${nodeOf(pod) || "no node"}`];
}

/** In a list of them all, what they have in common is left out. */
function short(workload: string): string {
  return workload.replace(/^istio-/, "");
}

function isSpot(node: ApiObject | undefined): boolean {
  return labelOf(node, "cloud.google.com/gke-spot") === "true";
}

function nodeOf(pod: ApiObject): string {
  return textAt(pod, "spec.nodeName") ?? "";
}

/** Whether the labels at `path` of `object` are all among `labels`. */
export function selects(object: ApiObject, path: string, labels: Record<string, string>): boolean {
  const wanted = Object.entries(textMap(object, path));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function textMap(object: ApiObject, path: string): Record<string, string> {
  return objectAt(object, path) as Record<string, string>;
}
