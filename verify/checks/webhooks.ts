import type { MeshSummary } from "../../components/config/summary";
import { failed, type Finding, keyOf, type Question, unknown, verdict } from "../check";
import { ApiError } from "../cluster/client";
import type { NewObject } from "../cluster/kinds";
import {
  GATEWAY_NAMESPACE,
  ISTIO_NAMESPACE,
  istiodName,
  kubectl,
  meshConfigMap,
  type Mesh,
  type MeshCluster,
  podsOf,
  putBack,
  restartOperator,
} from "../mesh";
import { count, isReady, type KubernetesObject, listAt, parsed, textAt } from "../objects";

/** What istiod does at the API server, and whether the verify workload came of it. */
export function webhookQuestions({ config }: Mesh, cluster: MeshCluster): Question[] {
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
      ask: () => injection(cluster, config, namespace),
    },
    {
      id: "validation",
      cluster: name,
      title: "istiod refuses mistakes",
      breaks: "wrong Istio objects are accepted, or none at all",
      fix: port,
      needs: [istiod],
      ask: () => validation(cluster, config),
    },
    ...(namespace
      ? [
          {
            id: "verify-pods",
            cluster: name,
            title: "The verify workload runs",
            breaks: "this cluster does not answer at the global address",
            fix: `${kubectl(cluster)} -n ${namespace} describe pods -l app=verify; pods without a proxy: ${kubectl(cluster)} -n ${namespace} rollout restart deployment verify`,
            needs: [istiod, keyOf({ id: "proxies", cluster: name })],
            ask: () => verifyPods(cluster, namespace),
          },
        ]
      : []),
  ];
}

async function injection(cluster: MeshCluster, config: MeshSummary, namespace?: string): Promise<Finding> {
  // Asked for, and not made. Without a namespace that is injected, the pod itself asks for the revision.
  const asked = plainPod(namespace ?? "default", namespace ? undefined : config.revision);
  try {
    return injected(cluster, config, await cluster.api.create(asked, { dryRun: true }));
  } catch (error) {
    return refusedPod(cluster, error);
  }
}

/** Others than istiod may refuse a pod, or be in the way of every one. @throws when it is istiod */
async function refusedPod(cluster: MeshCluster, error: unknown): Promise<Finding> {
  if (!(error instanceof ApiError)) {
    throw error;
  }
  const called = /failed calling webhook "([^"]+)"/.exec(error.message)?.[1];
  if (called?.endsWith(".istio.io")) {
    throw error;
  }
  if (called === undefined) {
    return unknown(`the API server takes no such pod: ${error.message}`);
  }
  const kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] as const;
  const all = await Promise.all(
    kinds.map((kind) => cluster.api.list("admissionregistration.k8s.io/v1", kind)),
  );
  const owner = all.flat().find((one) => listAt(one, "webhooks").some(({ name }) => name === called));
  const what = owner ? `${owner.kind.toLowerCase()} ${owner.metadata.name}` : called;
  return failed(
    `no pod is taken, for a webhook that is not Istio's: ${error.message}`,
    `mend what ${called} leads to, or take it away: ${kubectl(cluster)} get ${what} -o yaml; ${kubectl(cluster)} delete ${what}`,
  );
}

/** Name of the webhook's configuration, and of the ConfigMap with its templates. */
function injectorName(config: MeshSummary): string {
  return istiodName(config).replace(/^istiod/, "istio-sidecar-injector");
}

function injected(cluster: MeshCluster, config: MeshSummary, pod: KubernetesObject): Finding {
  if (!hasProxy(pod)) {
    return failed(
      `a new pod in namespace ${pod.metadata.namespace} gets no istio-proxy`,
      `the operator makes it again, and istiod its caBundle: ${kubectl(cluster)} delete mutatingwebhookconfiguration ` +
        `${injectorName(config)}; the namespace's labels: ${kubectl(cluster)} get namespace ${pod.metadata.namespace} --show-labels`,
    );
  }
  return verdict(
    toldProblems(pod, cluster.name, cluster.network, istiodName(config)),
    "a new pod gets one, and its place in the mesh",
    `${kubectl(cluster)} -n ${ISTIO_NAMESPACE} delete configmap ${meshConfigMap(config)} ${injectorName(config)} (the operator makes them again); ` +
      `${kubectl(cluster)} get istiooperators -A -o yaml (spec.values.global, spec.meshConfig.defaultConfig); ${putBack(cluster)}`,
  );
}

/**
 * Where a pod's proxy is told to be, which it says to istiod, which answers accordingly; and which istiod that is.
 * https://istio.io/latest/docs/reference/commands/pilot-agent/#envvars
 */
export function toldProblems(
  pod: KubernetesObject,
  cluster: string,
  network: string,
  istiod: string,
): string[] {
  const env = listAt(proxyOf(pod), "env");
  const told = (name: string) =>
    textAt(
      env.find((one) => one.name === name),
      "value",
    );
  const [toldCluster, toldNetwork] = [told("ISTIO_META_CLUSTER_ID"), told("ISTIO_META_NETWORK")];
  const place =
    toldCluster === cluster && toldNetwork === network
      ? []
      : [
          `a new pod's proxy is told that it is in cluster ${toldCluster} and network ${toldNetwork}, not ${cluster} and ${network}`,
        ];
  const address = new RegExp(`^${istiod}\\.${ISTIO_NAMESPACE}\\.svc(\\.[\\w.-]+)?:15012$`);
  // Injection leaves out what is Istio's default.
  const { discoveryAddress = `istiod.${ISTIO_NAMESPACE}.svc:15012` } = parsed(told("PROXY_CONFIG"));
  const others = [discoveryAddress, told("CA_ADDR") ?? discoveryAddress].filter(
    (one) => typeof one === "string" && !address.test(one),
  );
  return [
    ...place,
    ...[...new Set(others)].map(
      (one) => `a new pod's proxy is told to ask ${String(one)}, not ${istiod}.${ISTIO_NAMESPACE}.svc:15012`,
    ),
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

function plainPod(namespace: string, revision: string | undefined): NewObject {
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

async function validation(cluster: MeshCluster, config: MeshSummary): Promise<Finding> {
  const { api } = cluster;
  try {
    await api.create(gateway("HTTPS"), { dryRun: true });
  } catch (error) {
    if (error instanceof ApiError && !error.message.includes(".istio.io")) {
      return unknown(`the API server takes no Gateway ${NAME}: ${error.message}`);
    }
    throw error;
  }
  try {
    await api.create(gateway("NO_SUCH_PROTOCOL"), { dryRun: true });
  } catch (error) {
    return refusal(error);
  }
  const there = await cluster.api.list("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration");
  return failed(
    "a Gateway with the protocol NO_SUCH_PROTOCOL was accepted",
    acceptedAdvice(
      cluster,
      config,
      there.map(({ metadata }) => metadata.name),
    ),
  );
}

/** The one for objects that name no revision: the operator makes it once, when it installs Istio, and never again. */
const DEFAULT_VALIDATOR = "istiod-default-validator";

/** @param there names of all ValidatingWebhookConfigurations. */
export function acceptedAdvice(
  cluster: Pick<MeshCluster, "name">,
  config: Pick<MeshSummary, "revision">,
  there: string[],
): string {
  const { revision } = config;
  const own = `istio-validator${revision === "default" ? "" : `-${revision}`}-${ISTIO_NAMESPACE}`;
  const missing = [
    ...(there.includes(own) ? [] : [`${own} is gone: ${restartOperator(cluster, config)}`]),
    ...(there.includes(DEFAULT_VALIDATOR)
      ? []
      : [
          `${DEFAULT_VALIDATOR} is gone: istioctl --context ${cluster.name} tag set default --revision ${revision} --overwrite -y`,
        ]),
  ];
  return (
    missing.join("; ") ||
    `somebody changed their rules: ${kubectl(cluster)} get validatingwebhookconfigurations ${own} ${DEFAULT_VALIDATOR} -o yaml`
  );
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

function gateway(protocol: string): NewObject {
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
