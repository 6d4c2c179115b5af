import { failed, type Finding, keyOf, type Question, verdict } from "../check";
import { ApiError } from "../cluster/client";
import {
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  istiodName,
  kubectl,
  makeAgain,
  type Mesh,
  type MeshCluster,
  OPERATOR_NAMESPACE,
  podsOf,
  putBack,
} from "../mesh";
import { at, count, isReady, type KubernetesObject, listAt, numberAt, objectAt, textAt } from "../objects";

/** Istio is installed, and what it is asked for at the API server it does. */
export function istioQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster) => [...installed(mesh, cluster), ...webhooks(mesh, cluster)]);
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
      ask: () => operators(cluster),
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
          ? "no request from outside enters by this cluster"
          : "no request from another cluster enters here",
      fix: `${k} -n ${GATEWAY_NAMESPACE} describe pods -l app=${gateway}; replicas: ${k} -n ${GATEWAY_NAMESPACE} scale deployment ${gateway} --replicas 2`,
      needs: [resources],
      ask: () => deployments(cluster, [{ namespace: GATEWAY_NAMESPACE, name: gateway }]),
    })),
  ];
}

function webhooks({ config }: Mesh, cluster: MeshCluster): Question[] {
  const { name } = cluster;
  const namespace = config.verifyNamespace;
  const istiod = keyOf({ id: "istiod", cluster: name });
  const port =
    `the control plane has to reach istiod on port 15017: firewall rule ${config.id}-${name}-webhook; ` +
    `${kubectl(cluster)} -n ${ISTIO_NAMESPACE} get service ${istiodName(config)} -o yaml (443 to 15017); ${putBack(cluster)}`;
  return [
    {
      id: "injection",
      cluster: name,
      title: "Pods get their proxy",
      breaks: "new pods do not start, or start outside of the mesh",
      fix: port,
      needs: [
        istiod,
        keyOf({ id: "network", cluster: name }),
        ...(namespace ? [keyOf({ id: "revision-labels", cluster: name })] : []),
      ],
      ask: () => injection(cluster, config.revision, namespace),
    },
    {
      id: "validation",
      cluster: name,
      title: "istiod refuses mistakes",
      breaks: "wrong Istio objects are accepted, or none at all",
      fix: port,
      needs: [istiod],
      ask: () => validation(cluster),
    },
    ...(namespace
      ? [
          {
            id: "verify-pods",
            cluster: name,
            title: "The verify workload runs",
            breaks: "this cluster does not answer at the global address",
            fix: `${kubectl(cluster)} -n ${namespace} describe pods -l app=verify; pods without a proxy: ${kubectl(cluster)} -n ${namespace} rollout restart deployment verify`,
            needs: [istiod],
            ask: () => verifyPods(cluster, namespace),
          },
        ]
      : []),
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
  return verdict(serviceProblems(slices, name), running.detail, `its selector? ${again}`);
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

async function operators({ api }: MeshCluster): Promise<Finding> {
  const resources = await api.list("install.istio.io/v1alpha1", "IstioOperator", {
    namespace: ISTIO_NAMESPACE,
  });
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

async function injection(cluster: MeshCluster, revision: string, namespace?: string): Promise<Finding> {
  // Asked for, and not made. Without a namespace that is injected, the pod itself asks for the revision.
  const pod = await cluster.api.create(plainPod(namespace ?? "default", namespace ? undefined : revision), {
    dryRun: true,
  });
  if (!hasProxy(pod)) {
    return failed(
      `a new pod in namespace ${pod.metadata.namespace} gets no istio-proxy`,
      `${kubectl(cluster)} get mutatingwebhookconfigurations -l app=sidecar-injector; istiod makes caBundle, the operator the rest: ${putBack(cluster)}`,
    );
  }
  return verdict(
    toldProblems(pod, cluster.name, cluster.network),
    "a new pod gets one, and its place in the mesh",
  );
}

/** Where a pod's proxy is told to be: it says so to istiod, which answers accordingly. */
export function toldProblems(pod: KubernetesObject, cluster: string, network: string): string[] {
  const env = listAt(proxyOf(pod), "env");
  const told = (name: string) =>
    textAt(
      env.find((one) => one.name === name),
      "value",
    );
  const [toldCluster, toldNetwork] = [told("ISTIO_META_CLUSTER_ID"), told("ISTIO_META_NETWORK")];
  return toldCluster === cluster && toldNetwork === network
    ? []
    : [
        `a new pod's proxy is told that it is in cluster ${toldCluster} and network ${toldNetwork}, not ${cluster} and ${network}`,
      ];
}

/** A sidecar is a container, or an init container that goes on. */
function proxyOf(pod: KubernetesObject) {
  return [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")].find(
    ({ name }) => name === "istio-proxy",
  );
}

export function hasProxy(pod: KubernetesObject): boolean {
  return proxyOf(pod) !== undefined;
}

async function verifyPods(cluster: MeshCluster, namespace: string): Promise<Finding> {
  const pods = await podsOf(cluster, namespace, { app: "verify" });
  const problems = pods.flatMap((pod) => [
    ...(isReady(pod) ? [] : [`pod ${pod.metadata.name} is not ready`]),
    ...(hasProxy(pod) ? [] : [`pod ${pod.metadata.name} has no istio-proxy`]),
  ]);
  if (pods.length === 0) {
    problems.push(`namespace ${namespace} has no pod with the label app=verify`);
  }
  return verdict(problems, `${count(pods.length, "pod")} with istio-proxy, all ready`);
}

const NAME = "verify-check";

function plainPod(namespace: string, revision: string | undefined): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: NAME,
      namespace,
      ...(revision ? { labels: { "istio.io/rev": revision, "sidecar.istio.io/inject": "true" } } : {}),
    },
    spec: { containers: [{ name: "page", image: "registry.k8s.io/pause:3.10" }] },
  };
}

async function validation({ api }: MeshCluster): Promise<Finding> {
  await api.create(gateway("HTTPS"), { dryRun: true });
  try {
    await api.create(gateway("NO_SUCH_PROTOCOL"), { dryRun: true });
  } catch (error) {
    return refusal(error);
  }
  return failed(`a Gateway with the protocol NO_SUCH_PROTOCOL was accepted`);
}

/** Whether it was istiod that refused, and for what is wrong. */
export function refusal(error: unknown): Finding {
  if (!(error instanceof ApiError)) {
    throw error;
  }
  const [, webhook, reason = ""] =
    /admission webhook "([^"]*validation\.istio\.io)" denied the request: (.*)$/s.exec(error.message) ?? [];
  const detail = `${webhook}: ${reason.replace(/^configuration is invalid: /, "").split(", supported")[0]}`;
  return webhook && reason.includes("NO_SUCH_PROTOCOL")
    ? { status: "ok", detail }
    : failed(`not refused by istiod: ${error.message}`);
}

function gateway(protocol: string): KubernetesObject {
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "Gateway",
    metadata: { name: NAME, namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: { app: NAME },
      servers: [
        {
          port: { number: 443, name: "https", protocol },
          hosts: ["*"],
          tls: { mode: "SIMPLE", credentialName: NAME },
        },
      ],
    },
  };
}
