import { failed, type Finding, keyOf, type Question, unknown, verdict } from "../check";
import {
  GATEWAY_NAMESPACE,
  ISTIO_NAMESPACE,
  joined,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
  OPERATOR_NAMESPACE,
  podsOf,
  restart,
  restartOperator,
} from "../mesh";
import { at, isReady, type KubernetesObject, labelOf, listAt, numberAt, objectAt, textAt } from "../objects";
import { drain } from "./drain";
import { short, type Workload, workloadsOf } from "./workloads";

/** Losing a node, or draining one, never takes the last replica of anything of Istio's. */
export function availabilityQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster): Question[] => {
    const { name } = cluster;
    const k = kubectl(cluster);
    const running = ["istiod", "ingress-gateway", "east-west-gateway"].map((id) =>
      keyOf({ id, cluster: name }),
    );
    return [
      {
        id: "drain",
        cluster: name,
        title: "Nodes can be drained",
        breaks: "an upgrade or a drain of a node waits for ever, or takes the last replica",
        fix: `${k} get pdb -A; ${k} get pods -A -l app=istiod`,
        needs: [...running, keyOf({ id: "autoscaling", cluster: name })],
        ask: () => drain(cluster, mesh),
      },
      {
        id: "autoscaling",
        cluster: name,
        title: "Two replicas are held",
        breaks: "one node that goes takes everything, and load does not bring more replicas",
        fix: `${k} get hpa,deployments -A; its values: mesh.availability in Pulumi.yaml`,
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
        fix: `${k} get pods -A -o wide | grep istio; more nodes: nodePools.spot.maxNodes; placement: mesh.availability`,
        needs: running,
        ask: () => placement(cluster, mesh),
      },
    ];
  });
}

async function autoscaling(cluster: MeshCluster, mesh: Mesh): Promise<Finding> {
  const all = await scalersOf(cluster);
  const workloads = await workloadsOf(cluster, mesh);
  const results = workloads.map((workload) => {
    const { deployment, name, namespace } = workload;
    const scaler = all.find(
      (one) => one.metadata.namespace === namespace && textAt(one, "spec.scaleTargetRef.name") === name,
    );
    const problems = scalerProblems(name, scaler, deployment);
    return { problems, fix: problems.length > 0 ? scalerAdvice(cluster, mesh, workload, scaler) : "" };
  });
  const sizes = workloads.map(({ name, pods }) => `${short(name)} ${pods.filter(isReady).length}`);
  return verdict(
    results.flatMap(({ problems }) => problems),
    sizes.join(", "),
    joined(results.map(({ fix }) => fix)),
  );
}

export function scalerAdvice(
  cluster: Pick<MeshCluster, "name">,
  { config }: Pick<Mesh, "config">,
  { deployment, namespace, name }: Pick<Workload, "deployment" | "namespace" | "name">,
  scaler: KubernetesObject | undefined,
): string {
  if (!scaler) {
    return `the operator makes it: ${restartOperator(cluster, config)}`;
  }
  const requested = listAt(deployment, "spec.template.spec.containers").every(
    (container) => objectAt(container, "resources.requests").cpu !== undefined,
  );
  const again = [
    ...(asked(scaler) ? [] : [makeAgain(cluster, "hpa", scaler)]),
    ...(requested ? [] : [makeAgain(cluster, "deployment", deployment)]),
  ];
  return again.length > 0
    ? `the operator makes it again: ${again.join("; ")}; its values: mesh.availability in Pulumi.yaml`
    : `why: ${kubectl(cluster)} -n ${namespace} describe hpa,deployment ${name}`;
}

/** Whether it asks for what holds two replicas, whatever it has come to. */
function asked(scaler: KubernetesObject): boolean {
  return (
    (numberAt(scaler, "spec.minReplicas") ?? 1) >= 2 &&
    listAt(scaler, "spec.metrics").length > 0 &&
    textAt(scaler, "spec.behavior.scaleUp.selectPolicy") !== "Disabled"
  );
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
  if (textAt(scaler, "spec.behavior.scaleUp.selectPolicy") === "Disabled") {
    problems.push(
      `the HorizontalPodAutoscaler of ${name} never scales up: spec.behavior.scaleUp.selectPolicy`,
    );
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
  const results = workloads.map(({ name, namespace, pods }) => {
    const problems = placementProblems(name, pods, nodes, isSpot);
    return { problems, fix: problems.length > 0 ? restart(cluster, namespace, name) : "" };
  });
  const operators = await podsOf(cluster, OPERATOR_NAMESPACE, { name: "istio-operator" });
  for (const pod of operators.filter((one) => isSpot(nodes.get(nodeOf(one))))) {
    // Who mends what preemption breaks must not be preempted.
    const problems = [`pod ${pod.metadata.name} of the operator is on spot node ${nodeOf(pod)}`];
    results.push({ problems, fix: restartOperator(cluster, mesh.config) });
  }
  const cordoned = cordonProblems([...nodes.values()], isSpot);
  if (cordoned.length > 0) {
    const held = [...nodes.values()].filter(isCordoned).map(({ metadata }) => metadata.name);
    results.push({ problems: cordoned, fix: `${kubectl(cluster)} uncordon ${held.join(" ")}` });
  }
  const again = joined(results.map(({ fix }) => fix));
  return nodes.size === 0
    ? failed("there are no nodes")
    : verdict(
        results.flatMap(({ problems }) => problems),
        "replicas on different spot nodes; the operator on one that stays",
        again &&
          `${again}; if it stays so: nodePools.spot.maxNodes for more nodes, mesh.availability for the placement`,
      );
}

function isCordoned(node: KubernetesObject): boolean {
  return at(node, "spec.unschedulable") === true;
}

/** Some are while they are upgraded; where all of a kind are, no pod that goes comes back. */
export function cordonProblems(
  nodes: KubernetesObject[],
  isSpot: (node: KubernetesObject) => boolean,
): string[] {
  const kinds = [
    { what: "spot nodes", of: nodes.filter(isSpot) },
    { what: "other nodes", of: nodes.filter((node) => !isSpot(node)) },
  ];
  return kinds
    .filter(({ of }) => of.length > 0 && of.every(isCordoned))
    .map(({ what, of }) => `all ${of.length} ${what} are cordoned: a pod that goes is not replaced`);
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

function nodeOf(pod: KubernetesObject): string {
  return textAt(pod, "spec.nodeName") ?? "";
}
