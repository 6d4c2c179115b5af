import { failed, type Finding, keyOf, type Question, verdict } from "../check";
import {
  configCluster,
  EDGE,
  GATEWAY_NAMESPACE,
  INGRESS_PORT,
  kubectl,
  type Mesh,
  type MeshCluster,
  podsOf,
  putBack,
} from "../mesh";
import {
  annotationOf,
  count,
  isReady,
  type KubernetesObject,
  listAt,
  numberAt,
  objectAt,
  parsed,
  textAt,
} from "../objects";
import { ingressOf } from "./edge";

const BACKEND_CONFIGS = ["cloud.google.com/backend-config", "beta.cloud.google.com/backend-config"];
const PARENT = "networking.gke.io/multiclusterservice-parent";

/** What the global load balancer sends requests to: the ingress gateways of all members of the fleet. */
export function backendQuestions(mesh: Mesh): Question[] {
  const config = configCluster(mesh);
  return config
    ? [...gateways(config), ...mesh.clusters.flatMap((cluster) => perCluster(mesh, config, cluster))]
    : [];
}

function gateways(config: MeshCluster): Question[] {
  const { name } = config;
  const back = putBack(config);
  return [
    {
      id: "multi-cluster-service",
      cluster: name,
      title: "The backend is the gateways",
      breaks: "the global load balancer has no backend: 502, or 404 from Google",
      fix: back,
      needs: [keyOf({ id: "fleet-feature", cluster: name })],
      ask: () => service(config),
    },
    {
      id: "health-check",
      cluster: name,
      title: "Health check fits gateways",
      breaks: "Google takes healthy gateways for dead: 502 for all",
      fix: `${back}; BackendConfig: spec.healthCheck is HTTP on port 15021, requestPath /healthz/ready`,
      needs: [
        keyOf({ id: "multi-cluster-service", cluster: name }),
        keyOf({ id: "ingress-gateway", cluster: name }),
      ],
      ask: () => healthCheck(config),
    },
  ];
}

function perCluster(mesh: Mesh, config: MeshCluster, cluster: MeshCluster): Question[] {
  const service = keyOf({ id: "multi-cluster-service", cluster: config.name });
  const fleet = keyOf({ id: "fleet", cluster: cluster.name });
  const { region, name } = cluster;
  return [
    {
      id: "fleet",
      cluster: name,
      title: "The fleet knows the cluster",
      breaks: `no request from outside is sent to ${name}`,
      fix: `gcloud container fleet memberships list; ${putBack(cluster)}; events: ${kubectl(config)} -n ${GATEWAY_NAMESPACE} describe multiclusterservice ${EDGE}`,
      needs: [service],
      ask: () => membership(cluster),
    },
    {
      id: "backends",
      cluster: name,
      title: "Requests are sent here",
      breaks: `the global load balancer sends no request to ${name}`,
      fix:
        `${kubectl(cluster)} -n ${GATEWAY_NAMESPACE} get svcneg,pods -o wide; ` +
        `firewall rule ${mesh.config.id}-global-load-balancer; gcloud compute backend-services list --global (region ${region})`,
      needs: [fleet, service, keyOf({ id: "ingress-gateway", cluster: name })],
      ask: () => backends(cluster),
    },
  ];
}

async function serviceOf(config: MeshCluster): Promise<KubernetesObject> {
  const ingress = await ingressOf(config);
  const name = textAt(ingress, "spec.template.spec.backend.serviceName") ?? EDGE;
  const service = await config.api.get(
    "networking.gke.io/v1",
    "MultiClusterService",
    name,
    GATEWAY_NAMESPACE,
  );
  if (!service) {
    throw new Error(`there is no MultiClusterService ${name}`);
  }
  return service;
}

async function service(config: MeshCluster): Promise<Finding> {
  const service = await serviceOf(config);
  const selector = objectAt(service, "spec.template.spec.selector") as Record<string, string>;
  const ready = (await podsOf(config, GATEWAY_NAMESPACE, selector)).filter(isReady);
  const port = listAt(service, "spec.template.spec.ports").find((one) => one.port === 443);
  const protocols = annotationOf(service, "networking.gke.io/app-protocols") ?? "{}";
  return verdict(
    serviceProblems(service, ready.length),
    `${count(ready.length, "pod")}, 443 to ${String(port?.targetPort)}, ${protocols}`,
  );
}

export function serviceProblems(service: KubernetesObject, ready: number): string[] {
  const port = listAt(service, "spec.template.spec.ports").find((one) => one.port === 443);
  const protocols = parsed(annotationOf(service, "networking.gke.io/app-protocols"));
  const { name } = service.metadata;
  return [
    ...(ready > 0 ? [] : [`MultiClusterService ${name} selects no ready pod`]),
    ...(port ? [] : [`MultiClusterService ${name} has no port 443`]),
    ...(port && port.targetPort !== INGRESS_PORT
      ? [
          `MultiClusterService ${name} leads 443 to ${String(port.targetPort)}; the gateways listen on ${INGRESS_PORT}`,
        ]
      : []),
    ...(port && protocols[String(port.name)] !== "HTTPS"
      ? [
          `MultiClusterService ${name} speaks ${textAt(protocols, String(port.name)) ?? "HTTP"} to port 443, not HTTPS`,
        ]
      : []),
  ];
}

async function healthCheck(config: MeshCluster): Promise<Finding> {
  const service = await serviceOf(config);
  const named = BACKEND_CONFIGS.map((key) => annotationOf(service, key)).find(Boolean);
  const name = textAt(parsed(named), "default");
  const backend =
    name && (await config.api.get("cloud.google.com/v1", "BackendConfig", name, GATEWAY_NAMESPACE));
  if (!backend) {
    return failed(
      name ? `there is no BackendConfig ${name}` : "the MultiClusterService names no BackendConfig",
    );
  }
  const selector = objectAt(service, "spec.template.spec.selector") as Record<string, string>;
  const [pod] = (await podsOf(config, GATEWAY_NAMESPACE, selector)).filter(isReady);
  const { type, port, requestPath } = objectAt(backend, "spec.healthCheck");
  return verdict(
    healthCheckProblems(backend, pod),
    `${String(type)} :${String(port)}${String(requestPath)}, as the pods' own probe`,
  );
}

/** What Google asks has to be what the pods answer: their readiness probe. */
export function healthCheckProblems(backend: KubernetesObject, pod: KubernetesObject | undefined): string[] {
  const check = objectAt(backend, "spec.healthCheck");
  const probe = listAt(pod, "spec.containers")
    .map((container) => objectAt(container, "readinessProbe.httpGet"))
    .find((one) => one.port !== undefined);
  const { name } = backend.metadata;
  if (!probe) {
    return [`no ready pod has a readiness probe to compare BackendConfig ${name} with`];
  }
  return [
    ...(numberAt(check, "port") === probe.port
      ? []
      : [
          `BackendConfig ${name} asks port ${numberAt(check, "port") ?? "of the requests"}; the pods answer on ${String(probe.port)}`,
        ]),
    ...(check.requestPath === probe.path
      ? []
      : [
          `BackendConfig ${name} asks for ${textAt(check, "requestPath") ?? "/"}; the pods answer ${String(probe.path)}`,
        ]),
    ...(check.type === "HTTP" ? [] : [`BackendConfig ${name} asks by ${String(check.type)}, not HTTP`]),
  ];
}

/** The Service that the multi-cluster controller makes in each member of the fleet. */
async function derivedService({ api }: MeshCluster): Promise<KubernetesObject | undefined> {
  const services = await api.list("v1", "Service", { namespace: GATEWAY_NAMESPACE });
  return services.find((one) => annotationOf(one, PARENT) ?? /^mci-.+-svc-/.test(one.metadata.name));
}

async function membership(cluster: MeshCluster): Promise<Finding> {
  const derived = await derivedService(cluster);
  return derived
    ? { status: "ok", detail: `Google has made ${derived.metadata.name}` }
    : failed(`Google has made no Service mci-* in ${GATEWAY_NAMESPACE}: it is no member, or not selected`);
}

async function backends(cluster: MeshCluster): Promise<Finding> {
  const derived = await derivedService(cluster);
  if (!derived) {
    return failed("there is no Service mci-*");
  }
  const selector = objectAt(derived, "spec.selector") as Record<string, string>;
  const pods = await podsOf(cluster, GATEWAY_NAMESPACE, selector);
  const groups = await cluster.api.list("networking.gke.io/v1beta1", "ServiceNetworkEndpointGroup", {
    namespace: GATEWAY_NAMESPACE,
    labelSelector: `networking.gke.io/service-name=${derived.metadata.name}`,
  });
  const ready = pods.filter(isReady).length;
  return verdict(
    backendProblems(pods, groups),
    `${ready} of ${count(pods.length, "pod")} ready, ${count(groups.length, "endpoint group")} in sync`,
  );
}

export function backendProblems(pods: KubernetesObject[], groups: KubernetesObject[]): string[] {
  const unhealthy = pods.flatMap((pod) => {
    const gate = listAt(pod, "status.conditions").find(
      ({ type }) => type === "cloud.google.com/load-balancer-neg-ready",
    );
    // GKE sets it once the load balancer's own health check has passed.
    return gate && gate.status !== "True"
      ? [
          `pod ${pod.metadata.name} does not pass the load balancer's health check: ${textAt(gate, "reason") ?? "not yet"}`,
        ]
      : [];
  });
  const failing = groups.flatMap((group) =>
    listAt(group, "status.conditions")
      .filter(({ status }) => status !== "True")
      .map(
        ({ type, message }) => `endpoint group ${group.metadata.name}: ${String(type)}: ${String(message)}`,
      ),
  );
  return [
    ...(pods.some(isReady) ? [] : ["no ready pod"]),
    ...(groups.length > 0 ? [] : ["there is no endpoint group (svcneg) for it"]),
    ...unhealthy,
    ...failing,
  ];
}
