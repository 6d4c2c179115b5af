import { keyOf, type Question, verdict } from "../check";
import { GATEWAY_NAMESPACE, ISTIO_NAMESPACE, joined, kubectl, type Mesh, type MeshCluster } from "../mesh";
import { type KubernetesObject, nameOf, objectAt, textAt } from "../objects";

/** The gateways between clusters pass mutual TLS on, and nothing else. */
export function mutualTlsQuestions(mesh: Mesh): Question[] {
  const { verifyNamespace } = mesh.config;
  const namespaces = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, ...(verifyNamespace ? [verifyNamespace] : [])];
  return mesh.clusters.map((cluster) => ({
    id: "peer-authentication",
    cluster: cluster.name,
    title: "Mutual TLS is not switched off",
    breaks:
      "this cluster's pods take no request of the other clusters, and those of its own come in plain text",
    fix: `${kubectl(cluster)} get peerauthentications,destinationrules -A`,
    needs: [keyOf({ id: "cluster", cluster: cluster.name })],
    ask: async () => {
      const all = await cluster.api.list("security.istio.io/v1", "PeerAuthentication");
      const rules = await cluster.api.list("networking.istio.io/v1", "DestinationRule");
      const off = all.filter((one) => switchesOff(one, namespaces));
      const plain = rules.filter(sendsPlainText);
      return verdict(
        [
          ...off.map((one) => `PeerAuthentication ${nameOf(one)} has spec.mtls.mode DISABLE`),
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

/** Of the whole mesh, or of a namespace that requests of other clusters come to; what is chosen for single pods is its owner's. */
export function switchesOff(policy: KubernetesObject, namespaces: readonly string[]): boolean {
  return (
    namespaces.includes(policy.metadata.namespace ?? "") &&
    Object.keys(objectAt(policy, "spec.selector.matchLabels")).length === 0 &&
    textAt(policy, "spec.mtls.mode") === "DISABLE"
  );
}

/** To services of the mesh; outside of it there may be good reasons. */
export function sendsPlainText(rule: KubernetesObject): boolean {
  const host = textAt(rule, "spec.host") ?? "";
  return textAt(rule, "spec.trafficPolicy.tls.mode") === "DISABLE" && /^[^.]+$|\.local$/.test(host);
}

function removal(
  cluster: MeshCluster,
  kind: string,
  { metadata: { name, namespace } }: KubernetesObject,
): string {
  return `${kubectl(cluster)} -n ${namespace} delete ${kind} ${name}`;
}
