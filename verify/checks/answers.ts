import type { MeshSummary } from "../../components/config/summary";
import { failed, type Finding, unknown, verdict } from "../check";
import {
  EDGE,
  GATEWAY_NAMESPACE,
  ISTIO_NAMESPACE,
  joined,
  kubectl,
  type Mesh,
  type MeshCluster,
  putBack,
} from "../mesh";
import { type KubernetesObject, listAt, nameOf, textAt } from "../objects";
import type { Answer } from "../visit";

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

/** What is known beside the answers. */
export interface Circumstances {
  /** Names of the clusters whose workload has to answer. */
  clusters: string[];
  /** One region may answer all. */
  near: boolean;
  /** AuthorizationPolicies that let some requests in and others not: {@link conditionalPolicies}. */
  conditional: string[];
  /** What to do about answers that are none of the workload's. */
  advice?: string;
  /** The same where a cluster does not answer. */
  silentAdvice?: string;
}

/** What is looked at of an answer. */
export type Seen = Pick<Answer, "status" | "body"> & { headers?: Answer["headers"] };

/**
 * Whether somebody else than the verify workload answers on purpose: a page, a redirect, a login; or an error that is not the gateway's, which
 * says by `x-envoy-upstream-service-time` that somebody behind it answered, and gives no body where no route is. The workload's own route
 * adds `x-ingress-cluster`.
 */
function isOthers({ status, body, headers = {} }: Seen): boolean {
  if (status < 400 || status === 401) return true;
  if (headers["x-ingress-cluster"] !== undefined) return false;
  const gateways = headers.server === "istio-envoy";
  return (
    headers["x-envoy-upstream-service-time"] !== undefined || (status === 404 && gateways && body !== "")
  );
}

/** Of requests for {@link askedName} where the verify workload runs. Who answers in its place may have reasons of his own. */
export function workloadFinding(answers: Seen[], known: Circumstances): Finding {
  const { clusters, near, conditional, advice, silentAdvice } = known;
  const bad = answers.filter(({ status, body }) => status !== 200 || !body.includes(ANSWERED));
  if (bad.length > 0) {
    if (bad.every(isOthers)) {
      return unknown(
        `${statuses(answers)}: not the verify workload answers, but another VirtualService, or somebody who asks for a login`,
      );
    }
    if (conditional.length > 0 && bad.every(({ status }) => status === 403)) {
      return unknown(
        `${statuses(answers)}: ${conditional.join(", ")} may refuse these requests and take others`,
      );
    }
    return failed(statuses(answers), advice);
  }
  const shares = clusters.map((name) => ({ name, count: sharesOf(answers, name) }));
  const silent = shares.filter(({ count }) => count === 0).map(({ name }) => name);
  const seen = shares.map(({ name, count }) => `${name} ${count}`).join(", ");
  return silent.length > 0 && !(near && silent.length < clusters.length)
    ? failed(`of ${answers.length} requests none was answered in ${silent.join(", ")}: ${seen}`, silentAdvice)
    : { status: "ok", detail: `of ${answers.length} requests: ${seen}` };
}

/** Without the verify workload nobody says who answered. */
export function statusFinding(answers: Pick<Answer, "status">[]): Finding {
  const errors = answers.filter(({ status }) => status >= 500);
  return verdict(
    errors.length > 0 ? [statuses(answers)] : [],
    `${statuses(answers)}; who answered is not known: mesh.verifyWorkload`,
  );
}

/** What the workload's page and its text say before the cluster's name: components/manifests/verifyPage/. */
const ANSWERED = "answered in ";

export function sharesOf(answers: Pick<Answer, "body">[], cluster: string): number {
  // A name may begin with another one.
  const named = new RegExp(`${ANSWERED}${cluster}(?![a-z0-9-])`);
  return answers.filter(({ body }) => named.test(body)).length;
}

/** Policies on the way to the workload that look at a request, or at who sends it: its answer says nothing of other requests. */
export async function conditionalPolicies(
  { config, clusters }: Mesh,
  ...of: MeshCluster[]
): Promise<string[]> {
  const namespaces = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, config.verifyNamespace];
  const each = (of.length > 0 ? of : clusters).map(({ api }) =>
    api.list("security.istio.io/v1", "AuthorizationPolicy"),
  );
  const policies = (await Promise.all(each)).flat();
  return [
    ...new Set(
      policies
        .filter((policy) => namespaces.includes(policy.metadata.namespace) && isConditional(policy))
        .map((policy) => `AuthorizationPolicy ${nameOf(policy)}`),
    ),
  ];
}

/** https://istio.io/latest/docs/reference/config/security/authorization-policy/: one without rules, or with an empty one, is for all. */
export function isConditional(policy: KubernetesObject): boolean {
  return (
    textAt(policy, "spec.action") === "CUSTOM" ||
    listAt(policy, "spec.rules").some((rule) => Object.keys(rule).length > 0)
  );
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
      ? `503: the gateway does not get through to the workload: ${each((one) => `istioctl --context ${one.name} -n ${GATEWAY_NAMESPACE} proxy-config endpoints deployment/istio-ingressgateway | grep verify`)}; ${each((one) => `${kubectl(one)} -n ${verifyNamespace ?? "verify"} get service,destinationrule,virtualservice -o yaml`)}; ${each(putBack)}`
      : "",
  ]);
}

/** What to do where the workload of a cluster never answers, and nothing is wrong with the way there. */
export function silentAdvice(cluster: Pick<MeshCluster, "name">): string {
  return (
    `${kubectl(cluster)} get destinationrules,peerauthentications,envoyfilters -A: what they set for the verify workload, or for its ports; ` +
    `istioctl --context ${cluster.name} -n ${GATEWAY_NAMESPACE} proxy-config endpoints deployment/istio-ingressgateway | grep verify; ` +
    "right after something was mended, endpoints stay taken out for a while: npm run verify -- --wait 120"
  );
}
