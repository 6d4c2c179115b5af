import type { Protected, Props } from "./index";
import { filled, named, narrow, narrowList, numberAt } from "./demands";
import { read } from "./paths";

const OPERATOR = { types: ["kubernetes:install.istio.io/v1alpha1:IstioOperator"] };
const NAMESPACE = { types: ["kubernetes:core/v1:Namespace"] };
const NETWORK_LABEL = "topology.istio.io/network";

const SPOT = "cloud.google.com/gke-spot";
const AVAILABLE = "istio-workloads-available";

/** All that the workloads of one component need to outlive a node; `k8s` is where the pattern finds it. */
function available(component: string, k8s: (props: Props) => unknown[]): Protected[] {
  const field = (path: string, must: Protected["must"], more: Partial<Protected> = {}): Protected => ({
    ...OPERATOR,
    rule: AVAILABLE,
    path: `${component}.${path}`,
    where: ({ props }) => k8s(props).length > 0,
    must,
    ...more,
  });
  /** The replicas and the budget of all components fit together. */
  const fits = (_: unknown, props: Props) =>
    k8s(props).every((one) => {
      const [min, max] = [numberAt(one, "hpaSpec", "minReplicas"), numberAt(one, "hpaSpec", "maxReplicas")];
      const budget = numberAt(one, "podDisruptionBudget", "minAvailable");
      return min >= 2 && max >= min && budget >= 1 && budget < min;
    });
  /** Where a limit alone is written, Kubernetes takes it for the request. */
  const requests = (_: unknown, props: Props) =>
    k8s(props).every((one) => {
      const [request, limit] = ["requests", "limits"].map((kind) => read(one, ["resources", kind, "cpu"]));
      return named(/^[1-9]\d*m?$/)(request ?? limit);
    });
  const spread = "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution";
  return [
    field("hpaSpec", filled),
    field("hpaSpec.minReplicas", fits),
    field("hpaSpec.maxReplicas", fits),
    field("podDisruptionBudget", filled),
    field("podDisruptionBudget.minAvailable", fits, { tries: ["100%", "0%", 2] }),
    field("resources", requests),
    field("resources.requests", requests, { tries: [{ cpu: "0" }] }),
    field("resources.requests.cpu", requests, { tries: ["0", "0m"] }),
    field("nodeSelector", filled),
    field(`nodeSelector["${SPOT}"]`, (value) => value !== undefined),
    field("tolerations", filled),
    field("tolerations[*].key", (value) => value === SPOT, { oneOf: [undefined, "another.example/taint"] }),
    field("affinity", filled),
    field("affinity.podAntiAffinity", filled),
    field(spread, filled),
  ];
}

const pilotOf = (props: Props) => [read(props, ["spec", "components", "pilot", "k8s"])].filter(Boolean);
const gatewaysOf = (props: Props) =>
  ((read(props, ["spec", "components", "ingressGateways"]) ?? []) as Props[])
    .filter(({ enabled }) => enabled !== false)
    .map(({ k8s }) => k8s);

const runsPilot: Pick<Protected, "where"> = { where: ({ props }) => pilotOf(props).length > 0 };
const runsGateways: Pick<Protected, "where"> = { where: ({ props }) => gatewaysOf(props).length > 0 };
const GATEWAYS = "spec.components.ingressGateways";
const EAST_WEST = `${GATEWAYS}[name=istio-eastwestgateway]`;
const INGRESS = `${GATEWAYS}[name=istio-ingressgateway]`;
const INTERNAL = "east-west-gateway-internal";
const RESTRICTED = "east-west-gateway-restricted";
const WITHOUT = "ingress-gateway-without-load-balancer";
const ANNOTATIONS = `${EAST_WEST}.k8s.serviceAnnotations`;

export const istioFields: Protected[] = [
  ...available("spec.components.pilot.k8s", pilotOf),
  ...available(`${GATEWAYS}[enabled=true].k8s`, gatewaysOf),
  { ...OPERATOR, ...runsPilot, rule: AVAILABLE, path: "spec.components.pilot", must: filled },
  { ...OPERATOR, ...runsPilot, rule: AVAILABLE, path: "spec.components.pilot.k8s", must: filled },
  {
    ...OPERATOR,
    ...runsGateways,
    rule: AVAILABLE,
    path: `${INGRESS}.k8s`,
    must: filled,
    also: [WITHOUT],
  },
  {
    ...OPERATOR,
    ...runsGateways,
    rule: AVAILABLE,
    path: `${EAST_WEST}.k8s`,
    must: filled,
    also: [INTERNAL, RESTRICTED],
  },
  // The operator of the gateways alone must bring no istiod beside the one that is described.
  {
    ...OPERATOR,
    ...runsGateways,
    rule: AVAILABLE,
    path: "spec.profile",
    must: (value) => value === "empty",
    oneOf: [undefined, "default", "demo", "minimal", "empty"],
  },

  // What the profile would bring beside the gateways that are described.
  { ...OPERATOR, ...runsPilot, rule: WITHOUT, path: GATEWAYS, must: filled, also: [AVAILABLE] },
  {
    ...OPERATOR,
    ...runsPilot,
    rule: WITHOUT,
    path: `${INGRESS}.enabled`,
    must: (value) => value === false,
    also: [AVAILABLE],
  },
  {
    ...OPERATOR,
    ...runsGateways,
    rule: WITHOUT,
    path: `${INGRESS}.k8s.service.type`,
    must: (value) => value === "ClusterIP",
    oneOf: [undefined, "ClusterIP", "NodePort", "LoadBalancer"],
  },
  { ...OPERATOR, ...runsGateways, rule: WITHOUT, path: `${INGRESS}.k8s.service`, must: filled },

  // Whichever of the two speaks of a public address, the other one does too.
  ...[INTERNAL, RESTRICTED].flatMap((rule): Protected[] => [
    { ...OPERATOR, rule, path: ANNOTATIONS, must: filled, also: [INTERNAL, RESTRICTED] },
    {
      ...OPERATOR,
      rule,
      path: `${ANNOTATIONS}["networking.gke.io/load-balancer-type"]`,
      must: (value) => value === "Internal",
      tries: ["External"],
      also: [INTERNAL, RESTRICTED],
    },
  ]),
  {
    ...OPERATOR,
    rule: INTERNAL,
    path: `${ANNOTATIONS}["networking.gke.io/internal-load-balancer-allow-global-access"]`,
    must: (value) => value === "true",
  },
  { ...OPERATOR, rule: INTERNAL, path: `${EAST_WEST}.k8s.service`, must: filled },
  {
    ...OPERATOR,
    rule: INTERNAL,
    path: `${EAST_WEST}.k8s.service.loadBalancerSourceRanges`,
    must: narrowList,
  },
  {
    ...OPERATOR,
    rule: INTERNAL,
    path: `${EAST_WEST}.k8s.service.loadBalancerSourceRanges[*]`,
    must: narrow,
  },

  {
    ...NAMESPACE,
    rule: "namespace-network-label",
    where: ({ props }) => read(props, ["metadata", "name"]) === "istio-system",
    path: `metadata.labels["${NETWORK_LABEL}"]`,
    must: (value) => typeof value === "string" && value !== "",
    // Another cluster's network is a matter of the whole stack.
    oneOf: [undefined, ""],
  },
  {
    ...NAMESPACE,
    rule: "networks-unique",
    where: ({ props }) => read(props, ["metadata", "name"]) === "istio-system",
    path: `metadata.labels["${NETWORK_LABEL}"]`,
    must: () => false,
    oneOf: ["another"],
    also: ["namespace-network-label"],
  },
  {
    ...OPERATOR,
    rule: "networks-unique",
    path: "spec.values.global.network",
    must: () => false,
  },
  ...["spec.meshConfig", "spec.values.meshConfig"].map((path): Protected => ({
    ...OPERATOR,
    rule: "mesh-mtls",
    path: `${path}.enableAutoMtls`,
    must: (value) => value !== false,
    oneOf: [undefined, true, false],
  })),
  {
    types: ["kubernetes:networking.istio.io/v1beta1:DestinationRule"],
    rule: "mesh-mtls",
    path: "spec.trafficPolicy.tls",
    must: (value) => read(value, ["mode"]) !== "DISABLE",
    oneOf: [undefined, { mode: "ISTIO_MUTUAL" }, { mode: "DISABLE" }],
  },
];
