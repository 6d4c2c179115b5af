import { type Finding, type Question, verdict } from "../check";
import {
  ISTIO_NAMESPACE,
  joined,
  kubectl,
  labelledNetwork,
  type Mesh,
  type MeshCluster,
  NETWORK_LABEL,
  putBack,
  restart,
  restartAll,
} from "../mesh";
import { count, isReady, type KubernetesObject, labelOf, textAt } from "../objects";

/** The clusters themselves, and the labels by which Istio knows what belongs where. */
export function clusterQuestions(mesh: Mesh): Question[] {
  return mesh.clusters.flatMap((cluster): Question[] => [
    {
      id: "cluster",
      cluster: cluster.name,
      title: "The cluster answers",
      breaks: "nothing of this cluster can be judged, and pulumi up cannot work in it",
      fix: `gcloud container clusters describe ${cluster.name} --location ${cluster.region}; the credential plugin: gke-gcloud-auth-plugin --version; a proxy: HTTPS_PROXY`,
      ask: () => answers(cluster),
    },
    {
      id: "network",
      cluster: cluster.name,
      title: "Network is its own",
      breaks:
        "Istio takes pods of another network for neighbours and sends requests straight to addresses that it cannot reach",
      fix:
        `${putBack(cluster)}, or: ${kubectl(cluster)} label namespace ${ISTIO_NAMESPACE} ` +
        `${NETWORK_LABEL}=${cluster.network} --overwrite; then the pods that started meanwhile: ${restartAll(cluster, mesh.config)}`,
      ask: () => network(cluster, mesh.clusters),
    },
    {
      id: "revision-labels",
      cluster: cluster.name,
      title: "Namespaces name a revision",
      breaks: "new pods of such a namespace start without a proxy, outside of the mesh",
      fix: `${kubectl(cluster)} get namespaces -L istio.io/rev,istio-injection; ${putBack(cluster)}`,
      ask: () => revisions(cluster, mesh),
    },
  ]);
}

async function answers({ api }: MeshCluster): Promise<Finding> {
  const { gitVersion } = await api.request<{ gitVersion: string }>("GET", "/version");
  const nodes = await api.list("v1", "Node");
  const ready = nodes.filter(isReady).length;
  const seen = `Kubernetes ${gitVersion}, ${ready} of ${count(nodes.length, "node")} ready`;
  return ready > 0 ? { status: "ok", detail: seen } : { status: "failed", detail: seen };
}

async function network(cluster: MeshCluster, clusters: MeshCluster[]): Promise<Finding> {
  const label = await labelledNetwork(cluster);
  return verdict(networkProblems(cluster, label, clusters), `network ${label}`);
}

export function networkProblems(
  { name, network }: Pick<MeshCluster, "name" | "network">,
  label: string | undefined,
  clusters: Pick<MeshCluster, "name" | "network">[],
): string[] {
  if (label === undefined) {
    return [`namespace ${ISTIO_NAMESPACE} has no label ${NETWORK_LABEL}`];
  }
  const twin = clusters.find((other) => other.name !== name && other.network === label);
  return [
    ...(label === network
      ? []
      : [`namespace ${ISTIO_NAMESPACE} says network ${label}; configured is ${network}`]),
    ...(twin ? [`${label} is the network of ${twin.name} too`] : []),
  ];
}

async function revisions(cluster: MeshCluster, { config }: Mesh): Promise<Finding> {
  const { api } = cluster;
  const namespaces = await api.list("v1", "Namespace");
  const injectors = await api.list("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration");
  const known = revisionsOf(injectors);
  const wrong = namespaces.filter((one) => revisionProblems([one], known).length > 0);
  const problems = revisionProblems(wrong, known);
  const expected = config.verifyNamespace;
  const verify = namespaces.find(({ metadata }) => metadata.name === expected);
  if (expected && !verify) {
    problems.push(`there is no namespace ${expected}`);
  }
  if (verify && wantedRevision(verify) === undefined) {
    problems.push(`namespace ${expected} names no revision`);
    wrong.push(verify);
  }
  const injected = namespaces.filter((one) => wantedRevision(one) !== undefined);
  return verdict(
    problems,
    `${injected.map(({ metadata }) => metadata.name).join(", ") || "no namespace"} is injected`,
    joined(wrong.map((one) => revisionAdvice(cluster, config.revision, one))),
  );
}

export function revisionAdvice(
  cluster: Pick<MeshCluster, "name">,
  revision: string,
  namespace: KubernetesObject,
): string {
  const { name } = namespace.metadata;
  // The older label wins over the newer one.
  const labels = [
    `istio.io/rev=${revision}`,
    ...(labelOf(namespace, "istio-injection") ? ["istio-injection-"] : []),
  ];
  return `${kubectl(cluster)} label namespace ${name} ${labels.join(" ")} --overwrite; then ${restart(cluster, name)}`;
}

/** The revision that a namespace asks for; undefined: it is outside of the mesh. */
function wantedRevision(namespace: KubernetesObject): string | undefined {
  return labelOf(namespace, "istio-injection") === "enabled" ? "default" : labelOf(namespace, "istio.io/rev");
}

/** Revisions and tags that somebody injects for; `default` is what `istio-injection=enabled` means. */
export function revisionsOf(injectors: KubernetesObject[]): string[] {
  return injectors
    .filter((one) => textAt(one, "webhooks.0.name")?.endsWith("sidecar-injector.istio.io"))
    .flatMap((one) => labelOf(one, "istio.io/tag") ?? labelOf(one, "istio.io/rev") ?? []);
}

export function revisionProblems(namespaces: KubernetesObject[], revisions: string[]): string[] {
  return namespaces.flatMap((namespace) => {
    const wanted = wantedRevision(namespace);
    return wanted === undefined || revisions.includes(wanted)
      ? []
      : [
          `namespace ${namespace.metadata.name} asks for revision ${wanted}, which is not installed (${revisions.join(", ") || "none is"})`,
        ];
  });
}
