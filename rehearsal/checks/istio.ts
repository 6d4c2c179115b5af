import * as fs from "node:fs";
import { at, listAt, numberAt, objectAt, textAt } from "../google/properties";
import { ApiError, type ApiObject } from "../kubernetes/client";
import { verdict, type Finding, type Question } from "./check";
import {
  type CheckedCluster,
  type CheckedMesh,
  count,
  GATEWAY_NAMESPACE,
  ISTIO_NAMESPACE,
  isReady,
  istioOperators,
  labelOf,
  networkOf,
  podsOf,
} from "./mesh";

/** Istio is installed, and what it is asked for at the API server it does. */
export function istioQuestions({ clusters, settings: { verifyNamespace } }: CheckedMesh): Question[] {
  return clusters.flatMap((cluster): Question[] => [
    {
      id: "istio-operators",
      cluster: cluster.name,
      title: "Istio is installed",
      ask: () => operators(cluster),
    },
    ...(verifyNamespace
      ? [
          {
            id: "injection",
            cluster: cluster.name,
            title: "Pods get their proxy",
            ask: () => injection(cluster, verifyNamespace),
          },
        ]
      : []),
    {
      id: "validation",
      cluster: cluster.name,
      title: "istiod refuses mistakes",
      ask: () => validation(cluster),
    },
  ]);
}

/** The label by which the operator knows which resource an object is of. */
const OWNER = "install.operator.istio.io/owning-resource";

const OPERATOR = "istio-operator";

async function operators(cluster: CheckedCluster): Promise<Finding> {
  const resources = await istioOperators(cluster);
  const problems = resources.flatMap(operatorProblems);
  if (resources.length < 2) {
    const names = resources.map(({ metadata }) => metadata.name).join(", ") || "none";
    problems.push(`IstioOperator resources: ${names}; expected one for istiod and one for the gateways`);
  }
  // HEALTHY may be older than the last change of the spec: nothing in the status says which one it is about.
  const deployments = await cluster.client.list("apps/v1", "Deployment", { labelSelector: OWNER });
  problems.push(...deployments.flatMap(deploymentProblems));
  const present = deployments.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  for (const resource of resources) {
    const missing = expectedDeployments(resource).filter((name) => !present.includes(name));
    problems.push(...missing.map((name) => `${resource.metadata.name} has no Deployment ${name}`));
  }
  for (const { pod, log } of cluster.player.played.filter(({ pod }) => labelOf(pod, "name") === OPERATOR)) {
    problems.push(...logProblems(pod.metadata.name, await fs.promises.readFile(log, "utf8"), resources));
  }
  const names = resources.map(({ metadata }) => metadata.name).sort();
  return verdict(problems, `${names.join(", ")} HEALTHY; ${count(deployments.length, "Deployment")} ready`);
}

/** `namespace/name` of the Deployments that an IstioOperator resource of this mesh asks for. */
export function expectedDeployments(resource: ApiObject): string[] {
  const gateways = listAt(resource, "spec.components.ingressGateways")
    .filter(({ enabled }) => enabled !== false)
    .map((one) => `${textAt(one, "namespace") ?? ISTIO_NAMESPACE}/${textAt(one, "name")}`);
  const revision = textAt(resource, "spec.revision");
  const pilot = at(resource, "spec.components.pilot") !== undefined;
  return [...(pilot ? [`${ISTIO_NAMESPACE}/istiod${revision ? `-${revision}` : ""}`] : []), ...gateways];
}

/**
 * The operator's last error, when no reconciliation has come to its end since. A resource that it cannot even read keeps the
 * status that it had; the log is the only place that says so.
 */
export function logProblems(pod: string, log: string, resources: ApiObject[]): string[] {
  const errors = [...log.matchAll(/error\s+controlleruntime\s+(.*?): Reconciler error.*?object=(\S+)/g)];
  const last = errors.at(-1);
  const [, reason = "", object = ""] = last ?? [];
  const exists = resources.some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === object);
  return last && exists && last.index > log.lastIndexOf("Pruning removed resources")
    ? [`${pod} cannot reconcile ${object}: ${reason}`]
    : [];
}

/** Status and component errors of an IstioOperator that is not HEALTHY. */
export function operatorProblems(resource: ApiObject): string[] {
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

export function deploymentProblems(deployment: ApiObject): string[] {
  const wanted = numberAt(deployment, "spec.replicas") ?? 1;
  const updated = numberAt(deployment, "status.updatedReplicas") ?? 0;
  const available = numberAt(deployment, "status.availableReplicas") ?? 0;
  const seen = numberAt(deployment, "status.observedGeneration") === deployment.metadata.generation;
  return seen && updated >= wanted && available >= wanted
    ? []
    : [
        `${deployment.metadata.name}: ${Math.min(updated, available)} of ${wanted} replicas available and up to date`,
      ];
}

async function injection(cluster: CheckedCluster, namespace: string): Promise<Finding> {
  const { client } = cluster;
  const pods = await podsOf(client, namespace, { app: "verify" });
  const problems = pods.length === 0 ? [`namespace ${namespace} has no pod with the label app=verify`] : [];
  for (const pod of pods) {
    const { ready, total } = readiness(pod);
    if (!hasProxy(pod) || ready < total || !isReady(pod)) {
      const proxy = hasProxy(pod) ? "" : ", without istio-proxy";
      problems.push(`pod ${pod.metadata.name} is ${ready}/${total}${proxy}`);
    }
  }
  // Pods may be older than what injects: one more is asked for, and not made.
  const fresh = await client.create(plainPod(namespace), { dryRun: true });
  const network = await networkOf(cluster);
  if (!hasProxy(fresh)) {
    problems.push(`a new pod in namespace ${namespace} gets no istio-proxy`);
  } else {
    problems.push(...toldProblems(fresh, cluster.name, network));
  }
  return verdict(
    problems,
    `${count(pods.length, "pod")} with istio-proxy, all ready; a new pod gets one too`,
  );
}

/** Where a pod's proxy is told to be: it says so to istiod, which answers accordingly. */
export function toldProblems(pod: ApiObject, cluster: string, network: string): string[] {
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
function proxyOf(pod: ApiObject) {
  return [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")].find(
    ({ name }) => name === "istio-proxy",
  );
}

export function hasProxy(pod: ApiObject): boolean {
  return proxyOf(pod) !== undefined;
}

/** As the column READY of `kubectl get pods` counts: containers that keep running, sidecars among the init containers included. */
export function readiness(pod: ApiObject): { ready: number; total: number } {
  const sidecars = listAt(pod, "spec.initContainers").filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  const names = [...listAt(pod, "spec.containers"), ...sidecars].map(({ name }) => name);
  const statuses = [
    ...listAt(pod, "status.containerStatuses"),
    ...listAt(pod, "status.initContainerStatuses"),
  ];
  const ready = names.filter((name) => statuses.some((one) => one.name === name && one.ready === true));
  return { ready: ready.length, total: names.length };
}

function plainPod(namespace: string): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "rehearsal-check", namespace },
    spec: { containers: [{ name: "page", image: "registry.k8s.io/pause:3.10" }] },
  };
}

async function validation({ client }: CheckedCluster): Promise<Finding> {
  await client.create(gateway("HTTPS"), { dryRun: true });
  try {
    await client.create(gateway("NO_SUCH_PROTOCOL"), { dryRun: true });
  } catch (error) {
    return refusal(error);
  }
  return { ok: false, detail: `a Gateway with the protocol NO_SUCH_PROTOCOL was accepted` };
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
    ? { ok: true, detail }
    : { ok: false, detail: `not refused by istiod: ${error.message}` };
}

function gateway(protocol: string): ApiObject {
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "Gateway",
    metadata: { name: "rehearsal-check", namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: { app: "rehearsal-check" },
      servers: [
        {
          port: { number: 443, name: "https", protocol },
          hosts: ["*"],
          tls: { mode: "SIMPLE", credentialName: "rehearsal-check" },
        },
      ],
    },
  };
}
