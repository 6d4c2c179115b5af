import { failed, type Finding, keyOf, messageOf, type Question, unknown, verdict } from "../check";
import type { Api } from "../cluster/client";
import {
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istiodName,
  kubectl,
  type Mesh,
  type MeshCluster,
  OPERATOR_NAMESPACE,
  podsOf,
} from "../mesh";
import { at, isReady, type KubernetesObject, labelOf, listAt, numberAt, objectAt, textAt } from "../objects";

/** Losing a node, or draining one, never takes the last replica of anything of Istio's. */
export function availabilityQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster): Question[] => {
    const { name } = cluster;
    const k = kubectl(cluster);
    const running = ["istiod", "ingress-gateway", "east-west-gateway"].map((id) =>
      keyOf({ id, cluster: name }),
    );
    // The operator ignores hand-made edits of what it made, and makes it again when it is deleted.
    const again = (kind: string) =>
      `the operator makes it again: ${k} -n NAMESPACE delete ${kind} NAME; its values: mesh.availability in Pulumi.yaml`;
    return [
      {
        id: "drain",
        cluster: name,
        title: "Nodes can be drained",
        breaks: "an upgrade or a drain of a node waits for ever, or takes the last replica",
        fix: again("pdb"),
        needs: [...running, keyOf({ id: "autoscaling", cluster: name })],
        ask: () => drain(cluster, mesh),
      },
      {
        id: "autoscaling",
        cluster: name,
        title: "Two replicas are held",
        breaks: "one node that goes takes everything, and load does not bring more replicas",
        fix: `${again("hpa")}; a container without a CPU request: delete its Deployment the same way`,
        needs: running,
        ask: () => autoscaling(cluster, mesh),
      },
      {
        id: "metrics",
        cluster: name,
        title: "Load is measured",
        breaks: "no load brings more replicas: there are never more than minReplicas",
        fix: `${k} get apiservice v1beta1.metrics.k8s.io; ${k} get hpa -A; ${k} top pods -A`,
        needs: [keyOf({ id: "autoscaling", cluster: name })],
        ask: () => metrics(cluster),
      },
      {
        id: "spot-placement",
        cluster: name,
        title: "Replicas are spread",
        breaks: "one node that goes takes all replicas, or the one who would mend it",
        fix: `${k} get pods -A -o wide | grep istio; more nodes: nodePools.spot.maxNodes; placement: mesh.availability; then ${k} -n NAMESPACE rollout restart deployment NAME`,
        needs: running,
        ask: () => placement(cluster, mesh),
      },
    ];
  });
}

/** A Deployment of Istio's. */
interface Workload {
  deployment: KubernetesObject;
  name: string;
  namespace: string;
  /** Of its pods. */
  labels: Record<string, string>;
  /** Those that stay. */
  pods: KubernetesObject[];
}

async function workloadsOf(cluster: MeshCluster, { config }: Mesh): Promise<Workload[]> {
  const names = [
    [ISTIO_NAMESPACE, istiodName(config)],
    [GATEWAY_NAMESPACE, EAST_WEST_GATEWAY],
    [GATEWAY_NAMESPACE, INGRESS_GATEWAY],
  ] as const;
  return Promise.all(
    names.map(async ([namespace, name]) => {
      const deployment = await cluster.api.get("apps/v1", "Deployment", name, namespace);
      if (!deployment) {
        throw new Error(`${cluster.name} has no Deployment ${namespace}/${name}`);
      }
      const pods = await podsOf(cluster, namespace, textMap(deployment, "spec.selector.matchLabels"));
      return {
        deployment,
        name,
        namespace,
        labels: textMap(deployment, "spec.template.metadata.labels"),
        pods,
      };
    }),
  );
}

async function drain(cluster: MeshCluster, mesh: Mesh): Promise<Finding> {
  const { api } = cluster;
  const workloads = await workloadsOf(cluster, mesh);
  const results = workloads.map(async ({ namespace, labels, name, pods }) => {
    const all = await api.list("policy/v1", "PodDisruptionBudget", { namespace });
    const problems = budgetProblems(
      name,
      all.filter((budget) => selects(budget, "spec.selector.matchLabels", labels)),
    );
    const pod = pods.find(isReady);
    if (problems.length > 0) {
      return problems;
    }
    return pod ? evictionProblems(api, pod) : [`${name} has no ready pod`];
  });
  const names = workloads.map(({ name }) => short(name)).join(", ");
  return verdict((await Promise.all(results)).flat(), `dry run evicts ${names}`);
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
  const allowed = numberAt(budget, "status.disruptionsAllowed") ?? 0;
  return allowed >= 1
    ? []
    : [
        `PodDisruptionBudget ${budget.metadata.namespace}/${budget.metadata.name} allows no disruption: a drain would wait for ever`,
      ];
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

async function autoscaling(cluster: MeshCluster, mesh: Mesh): Promise<Finding> {
  const all = await scalersOf(cluster);
  const workloads = await workloadsOf(cluster, mesh);
  const problems = workloads.flatMap(({ deployment, name, namespace }) => {
    const scaler = all.find(
      (one) => one.metadata.namespace === namespace && textAt(one, "spec.scaleTargetRef.name") === name,
    );
    return scalerProblems(name, scaler, deployment);
  });
  const sizes = workloads.map(({ name, pods }) => `${short(name)} ${pods.filter(isReady).length}`);
  return verdict(problems, sizes.join(", "));
}

function scalersOf({ api }: MeshCluster): Promise<KubernetesObject[]> {
  return api.list("autoscaling/v2", "HorizontalPodAutoscaler");
}

export function scalerProblems(
  name: string,
  scaler: KubernetesObject | undefined,
  deployment: KubernetesObject,
): string[] {
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
  if (listAt(scaler, "spec.metrics").length === 0) {
    problems.push(`the HorizontalPodAutoscaler of ${name} has no metrics`);
  }
  // What it wants is stale while nobody measures load.
  if (current < Math.max(least, 2)) {
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

async function metrics(cluster: MeshCluster): Promise<Finding> {
  const service = await cluster.api.get("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io");
  if (!service) {
    return unknown(
      "the cluster serves no metrics (metrics.k8s.io): GKE does, elsewhere install metrics-server",
    );
  }
  const scalers = (await scalersOf(cluster)).filter(({ metadata: { namespace = "" } }) =>
    [ISTIO_NAMESPACE, GATEWAY_NAMESPACE].includes(namespace),
  );
  return verdict(scalers.flatMap(metricProblems), `${scalers.length} autoscalers see the load`);
}

/** An autoscaler says itself that it sees nothing. */
export function metricProblems(scaler: KubernetesObject): string[] {
  return listAt(scaler, "status.conditions")
    .filter(({ type, status }) => type === "ScalingActive" && status === "False")
    .map(({ reason, message }) => `${scaler.metadata.name}: ${String(reason)}: ${String(message)}`);
}

async function placement(cluster: MeshCluster, mesh: Mesh): Promise<Finding> {
  const { api } = cluster;
  const { spotLabel } = mesh.config;
  const nodes = new Map((await api.list("v1", "Node")).map((node) => [node.metadata.name, node]));
  const workloads = await workloadsOf(cluster, mesh);
  const isSpot = (node: KubernetesObject | undefined) => labelOf(node, spotLabel.key) === spotLabel.value;
  const problems = workloads.flatMap(({ name, pods }) => placementProblems(name, pods, nodes, isSpot));
  const operators = await podsOf(cluster, OPERATOR_NAMESPACE, { name: "istio-operator" });
  for (const pod of operators.filter((one) => isSpot(nodes.get(nodeOf(one))))) {
    // Who mends what preemption breaks must not be preempted.
    problems.push(`pod ${pod.metadata.name} of the operator is on spot node ${nodeOf(pod)}`);
  }
  return nodes.size === 0
    ? failed("there are no nodes")
    : verdict(problems, "replicas on different spot nodes; the operator on one that stays");
}

type Nodes = Map<string, KubernetesObject>;

export function placementProblems(
  name: string,
  pods: KubernetesObject[],
  nodes: Nodes,
  isSpot: (node: KubernetesObject | undefined) => boolean,
): string[] {
  const problems = pods
    .filter((pod) => !isSpot(nodes.get(nodeOf(pod))))
    .map((pod) => `pod ${pod.metadata.name} is on ${nodeOf(pod) || "no node"}, which is no spot node`);
  const used = new Set(pods.map(nodeOf));
  // More replicas than nodes is no mistake; all on one is.
  if (pods.length > 1 && used.size === 1) {
    problems.push(`${pods.length} pods of ${name} share one node`);
  }
  return problems;
}

/** In a list of them all, what they have in common is left out. */
function short(workload: string): string {
  return workload.replace(/^istio-/, "");
}

function nodeOf(pod: KubernetesObject): string {
  return textAt(pod, "spec.nodeName") ?? "";
}

/** Whether the labels at `path` of `object` are all among `labels`. */
export function selects(object: KubernetesObject, path: string, labels: Record<string, string>): boolean {
  const wanted = Object.entries(textMap(object, path));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function textMap(object: KubernetesObject, path: string): Record<string, string> {
  return (at(object, path) ?? {}) as Record<string, string>;
}
