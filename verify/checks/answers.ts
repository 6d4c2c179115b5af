import type { MeshSummary } from "../../components/config/summary";
import { EDGE, GATEWAY_NAMESPACE, joined, kubectl, type Mesh, type MeshCluster, putBack } from "../mesh";

/** What a request meets in a cluster, from its gateway to the workload. */
export const IN_EACH = [
  ...["edge-gateway", "origin-certificate", "ingress-gateway", "verify-pods"],
  ...["trust-roots", "trust-domain", "trust-workloads", "peer-authentication"],
  ...["east-west-gateway", "cross-network-gateway"],
];

/** What it meets on the way from one cluster to another. */
export const BETWEEN_EACH = ["endpoints", "network-gateways", "east-west-answers"];

/**
 * The name that requests ask for. With the verify workload one that nobody publishes: its route takes every name that is left,
 * and the names of the certificate may be those of a service. Else a name that users ask for.
 * https://www.rfc-editor.org/rfc/rfc6761#section-6.4
 */
export function askedName({ config, address }: Pick<Mesh, "config" | "address">): string | undefined {
  return config.verifyNamespace ? "verify.invalid" : (config.certificateNames[0] ?? address);
}

export function statuses(answers: { status: number }[]): string {
  const codes = [...new Set(answers.map(({ status }) => status))].sort();
  return codes
    .map(
      (code) =>
        `HTTP ${code}: ${answers.filter(({ status }) => status === code).length} of ${answers.length}`,
    )
    .join(", ");
}

/** What to do about answers of gateways that are none of the workload's. @param clusters whose gateways may have given them */
export function adviceFor(
  answers: { status: number }[],
  clusters: Pick<MeshCluster, "name" | "stack">[],
  { verifyNamespace }: Pick<MeshSummary, "verifyNamespace">,
): string | undefined {
  const found = new Set(answers.map(({ status }) => status));
  const each = (say: (cluster: Pick<MeshCluster, "name" | "stack">) => string) =>
    clusters.map(say).join("; ");
  return joined([
    found.has(404)
      ? `404: no VirtualService of Gateway ${GATEWAY_NAMESPACE}/${EDGE} takes the request: ${each(putBack)}`
      : "",
    found.has(403)
      ? `403: an AuthorizationPolicy refuses it: ${each((one) => `${kubectl(one)} get authorizationpolicies -A`)}`
      : "",
    found.has(503)
      ? `503: the gateway does not get through to the workload: ${each((one) => `istioctl --context ${one.name} -n ${GATEWAY_NAMESPACE} proxy-config endpoints deployment/istio-ingressgateway | grep verify`)}; ${each((one) => `${kubectl(one)} -n ${verifyNamespace ?? "verify"} get service,destinationrule -o yaml`)}`
      : "",
  ]);
}
