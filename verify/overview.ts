import type { Check } from "./check";
import { marked, placeOf, type TableOptions, wrap } from "./table";

/** Subjects, in the order in which two clusters become one mesh, and the checks that belong to them. */
const SUBJECTS: [heading: string, ...ids: string[]][] = [
  [
    "Each cluster runs Istio",
    ...["cluster", "revision-labels", "operator", "istio-operators", "istiod", "ingress-gateway"],
    ...["east-west-gateway", "injection", "validation", "mesh-config", "proxies", "verify-pods", "istioctl"],
  ],
  [
    "One root of trust: each istiod signs with an intermediate of it",
    ...["trust-chain", "trust-roots", "trust-days", "trust-istiod", "trust-domain", "trust-workloads"],
  ],
  [
    "Each istiod watches the other cluster, by a token in a remote secret",
    ...["remote-secret", "remote-token", "remote-rights", "remote-strays", "api-reachable"],
    ...["control-plane-access", "istiod-synced", "endpoints"],
  ],
  [
    "East-west gateways link the networks, by mutual TLS on port 15443",
    ...["network", "network-gateways", "east-west-service", "cross-network-gateway", "load-balancer"],
    ...["peer-authentication", "east-west-answers", "isolation"],
  ],
  [
    "One address leads to the gateways of all clusters",
    ...["fleet-feature", "fleet", "ingress-address", "edge-certificate", "redirect", "multi-cluster-service"],
    ...[
      "health-check",
      "ingress-service",
      "edge-gateway",
      "origin-certificate",
      "backends",
      "backend-health",
    ],
    ...["named-neg", "subsets"],
  ],
  [
    "Requests are answered",
    ...[
      "ingress-answers",
      "answers",
      "regions-answered",
      "near-region",
      "mutual-tls",
      "shown-certificate",
      "redirect-answers",
    ],
  ],
  ["It stays up", "drain", "autoscaling", "metrics", "spot-placement", "operator-made"],
];

/**
 * One line for each check, whatever the number of clusters, under the subjects. What failed or was not judged has its
 * detail below, once for all places with the same one.
 */
export function formatOverview(checks: Check[], options: TableOptions): string {
  const known = SUBJECTS.flatMap(([, ...ids]) => ids);
  const others = [...new Set(checks.map(({ id }) => id))].filter((id) => !known.includes(id));
  return [...SUBJECTS, ["And", ...others] as const]
    .map(([heading, ...ids]) => ({ heading, rows: ids.flatMap((id) => row(id, checks, options)) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ heading, rows }) => [heading, ...rows].join("\n"))
    .join("\n\n");
}

function row(id: string, checks: Check[], { color, width }: TableOptions): string[] {
  const own = checks.filter((check) => check.id === id);
  const [first] = own;
  if (!first) {
    return [];
  }
  const worst = (["failed", "not judged", "ok"] as const).find((status) =>
    own.some((check) => check.status === status),
  );
  const bad = own.filter(({ status }) => status !== "ok");
  const details = [...new Set(bad.map(({ detail }) => detail))].flatMap((detail) => {
    const places = bad.filter((check) => check.detail === detail).map(placeOf);
    return wrap(`${places.join(", ")}: ${detail}`, Math.max(width, 60) - 6);
  });
  return [`  ${marked(worst ?? "ok", first.title, color)}`, ...details.map((line) => `      ${line}`)];
}
