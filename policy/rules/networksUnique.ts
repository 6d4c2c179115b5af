import { CHARTS, isChart } from "../read/charts";
import { ISTIO_OPERATOR } from "../read/gateways";
import { type Expect, stackRule, type Subject } from "../rule";
import { at } from "../read/values";
import { NAMESPACE, NETWORK_LABEL } from "./namespaceNetworkLabel";

export const networksUnique = stackRule({
  name: "networks-unique",
  displayName: "Every cluster is a network of its own",
  severity: "critical",
  tags: ["istio", "discovery"],
  description:
    "No two clusters share a network name, and a cluster's namespace, its IstioOperators and its istiod charts name the same one.",
  remediationSteps:
    `Give each cluster its own network, and write it both in values.global.network and in the namespace's ${NETWORK_LABEL}: ` +
    "with a shared one, istiod sends traffic to addresses that only the other cluster can reach.",
  url: "https://istio.io/latest/docs/ops/deployment/deployment-models/#multiple-networks",
  types: [ISTIO_OPERATOR, NAMESPACE, ...CHARTS],
  inspect(subjects, expect) {
    // The first who says a thing; whoever says another one later is to blame.
    const clusterOf = new Map<string, string>();
    const networkOf = new Map<string, string>();
    for (const subject of subjects) {
      expect(subject)(fieldOf(subject), () => {
        const network = networkIn(subject);
        if (network === undefined) {
          return undefined;
        }
        const cluster = subject.provider ?? "the default provider's cluster";
        const other = clusterOf.get(network) ?? cluster;
        clusterOf.set(network, other);
        const said = networkOf.get(cluster) ?? network;
        networkOf.set(cluster, said);
        if (said !== network) {
          return `is "${network}" and elsewhere in this cluster "${said}": write the same network in both`;
        }
        return other === cluster
          ? undefined
          : `is "${network}", which is also the network of ${nameOf(other)}: write one of its own`;
      });
      checkClusterName(subject, expect(subject));
    }
  },
});

function checkClusterName(subject: Subject, expect: Expect): void {
  expect(fieldOf(subject), () =>
    mustName(subject) && networkIn(subject) === undefined
      ? "is missing: write the cluster's network"
      : undefined,
  );
}

/** What a chart's files of values say is not seen. */
function mustName({ type, props }: Subject): boolean {
  return type === ISTIO_OPERATOR
    ? at(props, "spec") !== undefined
    : CHARTS.includes(type) && isChart(props, "istiod") && at(props, "valueYamlFiles") === undefined;
}

function pathOf({ type }: Subject): string[] {
  if (type === NAMESPACE) {
    return ["metadata", "labels", NETWORK_LABEL];
  }
  const network = ["values", "global", "network"];
  return type === ISTIO_OPERATOR ? ["spec", ...network] : network;
}

function fieldOf(subject: Subject): string {
  return subject.type === NAMESPACE ? `metadata.labels["${NETWORK_LABEL}"]` : pathOf(subject).join(".");
}

function networkIn(subject: Subject): string | undefined {
  const { type, props } = subject;
  if (CHARTS.includes(type) && !isChart(props, "istiod")) {
    return undefined;
  }
  const found = at(props, ...pathOf(subject));
  return typeof found === "string" && found !== "" ? found : undefined;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
