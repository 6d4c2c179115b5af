import { type Finding, keyOf, type Question, verdict } from "../check";
import {
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istioOperators,
  istiodName,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
  OPERATOR_NAMESPACE,
  putBack,
} from "../mesh";
import { at, type KubernetesObject, listAt, numberAt, objectAt, textAt } from "../objects";
import { webhookQuestions } from "./webhooks";

/** Istio is installed, and what it is asked for at the API server it does. */
export function istioQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster) => [
    ...installed(mesh, cluster),
    ...webhookQuestions(mesh, cluster),
  ]);
}

function installed({ config }: Mesh, cluster: MeshCluster): Question[] {
  const { name } = cluster;
  const operator = `istio-operator-${config.revision}`;
  const k = kubectl(cluster);
  const resources = keyOf({ id: "istio-operators", cluster: name });
  return [
    {
      id: "operator",
      cluster: name,
      title: "The operator runs",
      breaks: "no change of Istio is carried out, and what is deleted is not made again",
      fix: `${putBack(cluster)}; its log: ${k} -n ${OPERATOR_NAMESPACE} logs deployment/${operator}`,
      ask: () => deployments(cluster, [{ namespace: OPERATOR_NAMESPACE, name: operator }]),
    },
    {
      id: "istio-operators",
      cluster: name,
      title: "Istio is installed",
      breaks: "istiod or the gateways are not as configured",
      fix:
        `${k} -n ${ISTIO_NAMESPACE} get istiooperator -o yaml; when the cause is mended: ` +
        `${k} -n ${OPERATOR_NAMESPACE} rollout restart deployment ${operator}; ${putBack(cluster)}`,
      needs: [keyOf({ id: "operator", cluster: name })],
      ask: () => operators(cluster, config),
    },
    {
      id: "istiod",
      cluster: name,
      title: "istiod runs",
      breaks: "proxies get no configuration and no certificate, and no injected pod starts",
      fix: `${k} -n ${ISTIO_NAMESPACE} describe pods -l app=istiod; replicas: ${k} -n ${ISTIO_NAMESPACE} scale deployment ${istiodName(config)} --replicas 2`,
      needs: [resources],
      ask: () => istiod(cluster, istiodName(config)),
    },
    ...[INGRESS_GATEWAY, EAST_WEST_GATEWAY].map((gateway): Question => ({
      id: gateway === INGRESS_GATEWAY ? "ingress-gateway" : "east-west-gateway",
      cluster: name,
      title: gateway === INGRESS_GATEWAY ? "Ingress gateway runs" : "East-west gateway runs",
      breaks:
        gateway === INGRESS_GATEWAY
          ? "requests from outside enter by fewer pods of this cluster, or by none"
          : "requests from other clusters enter here by fewer pods, or by none",
      fix: `${k} -n ${GATEWAY_NAMESPACE} describe pods -l app=${gateway}; replicas: ${k} -n ${GATEWAY_NAMESPACE} scale deployment ${gateway} --replicas 2`,
      needs: [resources, keyOf({ id: "proxies", cluster: name })],
      ask: () => deployments(cluster, [{ namespace: GATEWAY_NAMESPACE, name: gateway }]),
    })),
  ];
}

/** Its pods run, and its Service leads to them: the API server, proxies and other clusters know it by that. */
async function istiod(cluster: MeshCluster, name: string): Promise<Finding> {
  const running = await deployments(cluster, [{ namespace: ISTIO_NAMESPACE, name }]);
  if (running.status !== "ok") {
    return running;
  }
  const slices = await cluster.api.list("discovery.k8s.io/v1", "EndpointSlice", {
    namespace: ISTIO_NAMESPACE,
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  const again = makeAgain(cluster, "service", { metadata: { namespace: ISTIO_NAMESPACE, name } });
  const service = await cluster.api.get("v1", "Service", name, ISTIO_NAMESPACE);
  return verdict(
    [...serviceProblems(slices, name), ...portProblems(service, name)],
    running.detail,
    `its selector, its ports? The operator makes it again: ${again}`,
  );
}

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const PROXIES_PORT = 15012;

/** The other port that matters, 443, is the API server's, which says itself when nobody is behind it: `injection`, `validation`. */
export function portProblems(service: KubernetesObject | undefined, name: string): string[] {
  if (!service) {
    return [`there is no Service ${ISTIO_NAMESPACE}/${name}`];
  }
  return listAt(service, "spec.ports").some(({ port }) => port === PROXIES_PORT)
    ? []
    : [
        `Service ${name} has no port ${PROXIES_PORT}, by which proxies get their configuration and certificates`,
      ];
}

export function serviceProblems(slices: KubernetesObject[], name: string): string[] {
  const ready = slices
    .flatMap((slice) => listAt(slice, "endpoints"))
    .filter((endpoint) => at(endpoint, "conditions.ready") !== false);
  return ready.length > 0 ? [] : [`Service ${name} leads to no pod, though pods of ${name} are ready`];
}

async function deployments(
  { api }: MeshCluster,
  names: { namespace: string; name: string }[],
): Promise<Finding> {
  const found = await Promise.all(
    names.map(async ({ namespace, name }) => ({
      name,
      deployment: await api.get("apps/v1", "Deployment", name, namespace),
    })),
  );
  const problems = found.flatMap(({ name, deployment }) =>
    deployment ? deploymentProblems(deployment) : [`there is no Deployment ${name}`],
  );
  const seen = found.map(
    ({ name, deployment }) => `${name} ${numberAt(deployment, "status.availableReplicas") ?? 0} available`,
  );
  return verdict(problems, seen.join(", "));
}

/** Its pods are there, and as its newest generation wants them. */
export function deploymentProblems(deployment: KubernetesObject): string[] {
  const wanted = numberAt(deployment, "spec.replicas") ?? 1;
  const updated = numberAt(deployment, "status.updatedReplicas") ?? 0;
  const available = numberAt(deployment, "status.availableReplicas") ?? 0;
  const seen = numberAt(deployment, "status.observedGeneration") === deployment.metadata.generation;
  const { name } = deployment.metadata;
  if (wanted === 0) {
    return [`${name} is scaled to 0`];
  }
  return seen && updated >= wanted && available >= wanted
    ? []
    : [`${name}: ${Math.min(updated, available)} of ${wanted} replicas available and up to date`];
}

async function operators(cluster: MeshCluster, config: Mesh["config"]): Promise<Finding> {
  const resources = await istioOperators(cluster, config);
  const problems = resources.flatMap(operatorProblems);
  if (resources.length < 2) {
    const names = resources.map(({ metadata }) => metadata.name).join(", ") || "none";
    problems.push(`IstioOperator resources: ${names}; expected one for istiod and one for the gateways`);
  }
  const names = resources.map(({ metadata }) => metadata.name).sort();
  return verdict(problems, `${names.join(", ")} HEALTHY`);
}

/** Status and component errors of an IstioOperator that is not HEALTHY. */
export function operatorProblems(resource: KubernetesObject): string[] {
  const status = textAt(resource, "status.status") ?? "without a status";
  if (status === "HEALTHY") {
    return [];
  }
  const errors = Object.entries(objectAt(resource, "status.componentStatus")).flatMap(([name, component]) => {
    const error = textAt(component, "error");
    return error ? [`${name}: ${error}`] : [];
  });
  return [[`${resource.metadata.name} is ${status}`, ...errors].join(", ")];
}
