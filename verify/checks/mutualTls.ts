import { keyOf, type Question, verdict } from "../check";
import {
  EAST_WEST_GATEWAY,
  GATEWAY_NAMESPACE,
  INGRESS_GATEWAY,
  ISTIO_NAMESPACE,
  joined,
  kubectl,
  type Mesh,
  type MeshCluster,
} from "../mesh";
import { at, type KubernetesObject, listAt, nameOf, objectAt, textAt } from "../objects";

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

/** Labels `app` of the pods that requests of other clusters meet. */
const APPS = [INGRESS_GATEWAY, EAST_WEST_GATEWAY, "istiod", "verify"];

/**
 * Of the whole mesh, or in a namespace that requests of other clusters come to: for all, for the pods that they come to, or for
 * one of their ports. Of other pods it is their owners' matter.
 */
export function switchesOff(policy: KubernetesObject, namespaces: readonly string[]): boolean {
  const app = textAt(policy, "spec.selector.matchLabels.app");
  const modes = [at(policy, "spec.mtls"), ...Object.values(objectAt(policy, "spec.portLevelMtls"))];
  return (
    namespaces.includes(policy.metadata.namespace ?? "") &&
    (app === undefined || APPS.includes(app)) &&
    modes.some((one) => textAt(one, "mode") === "DISABLE")
  );
}

/** To services of the mesh, to a port or a subset of one; outside of it there may be good reasons. */
export function sendsPlainText(rule: KubernetesObject): boolean {
  const host = textAt(rule, "spec.host") ?? "";
  const policies = [rule.spec, ...listAt(rule, "spec.subsets")].map((one) => objectAt(one, "trafficPolicy"));
  return (
    /^[^.]+$|\.local$/.test(host) &&
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
