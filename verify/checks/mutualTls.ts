import { keyOf, type Question, verdict } from "../check";
import { ISTIO_NAMESPACE, joined, kubectl, type Mesh, type MeshCluster } from "../mesh";
import { at, type KubernetesObject, listAt, nameOf, objectAt, textAt } from "../objects";

/** The gateways between clusters pass mutual TLS on, and nothing else. */
export function mutualTlsQuestions(mesh: Mesh): Question[] {
  const { verifyNamespace } = mesh.config;
  return mesh.clusters.map((cluster) => ({
    id: "peer-authentication",
    cluster: cluster.name,
    title: "Mutual TLS is not switched off",
    breaks:
      "requests that come by an east-west gateway are mutual TLS or nothing: they fail, and within the cluster what is said goes in plain text",
    fix: `${kubectl(cluster)} get peerauthentications,destinationrules -A`,
    needs: [keyOf({ id: "cluster", cluster: cluster.name })],
    ask: async () => {
      const all = await cluster.api.list("security.istio.io/v1", "PeerAuthentication");
      const rules = await cluster.api.list("networking.istio.io/v1", "DestinationRule");
      const off = all.filter((one) => switchesOff(one, verifyNamespace));
      const plain = rules.filter((one) => sendsPlainText(one, verifyNamespace));
      return verdict(
        [
          ...off.map((one) => `PeerAuthentication ${nameOf(one)} has the mode DISABLE`),
          ...plain.map(
            (one) =>
              `DestinationRule ${nameOf(one)} has requests to ${textAt(one, "spec.host")} sent without it`,
          ),
        ],
        all.length === 0 ? "both are taken, as is Istio's default" : `none of ${all.length} switches it off`,
        joined([
          ...off.map((one) => removal(cluster, "peerauthentication", one)),
          ...plain.map((one) => removal(cluster, "destinationrule", one)),
        ]),
      );
    },
  }));
}

/** Label `app` of the verify workload's pods. */
const VERIFY = "verify";

/**
 * Of the whole mesh, or of the verify workload, on all of its ports or one. Gateways take no mutual TLS as workloads do, and what is
 * chosen for other pods is their owners' matter.
 */
export function switchesOff(policy: KubernetesObject, verifyNamespace?: string): boolean {
  const { namespace } = policy.metadata;
  const labels = objectAt(policy, "spec.selector.matchLabels");
  const forAll = Object.keys(labels).length === 0;
  const judged =
    (namespace === verifyNamespace || namespace === ISTIO_NAMESPACE) &&
    (forAll || (labels.app === VERIFY && verifyNamespace !== undefined));
  const modes = [at(policy, "spec.mtls"), ...Object.values(objectAt(policy, "spec.portLevelMtls"))];
  return judged && modes.some((one) => textAt(one, "mode") === "DISABLE");
}

/** To all services of the mesh, or to the verify workload; for one service of others there may be good reasons. */
export function sendsPlainText(rule: KubernetesObject, verifyNamespace = VERIFY): boolean {
  const host = textAt(rule, "spec.host") ?? "";
  const own = `${VERIFY}.${verifyNamespace}.svc.cluster.local`;
  const meant =
    host.startsWith("*") && host.endsWith(".local")
      ? own.endsWith(host.slice(1))
      : own === host ||
        (own.startsWith(`${host}.`) && (host.includes(".") || rule.metadata.namespace === verifyNamespace));
  const policies = [rule.spec, ...listAt(rule, "spec.subsets")].map((one) => objectAt(one, "trafficPolicy"));
  return (
    meant &&
    policies
      .flatMap((policy) => [policy, ...listAt(policy, "portLevelSettings")])
      .some((one) => textAt(one, "tls.mode") === "DISABLE")
  );
}

function removal(
  cluster: MeshCluster,
  kind: string,
  { metadata: { name, namespace } }: KubernetesObject,
): string {
  return `${kubectl(cluster)} -n ${namespace} delete ${kind} ${name}`;
}
