const SERVICE_ROLE = ["metadata.labels[*]", "spec.selector[*]"];
const GATEWAY = "spec.components.ingressGateways[*]";
const EAST_WEST_ROLE = [
  ...SERVICE_ROLE,
  "spec.ports[*].port",
  "spec.ports[*].targetPort",
  "spec.components.egressGateways",
  ...[
    "enabled",
    "label[*]",
    "k8s.service.ports[*].port",
    "k8s.service.ports[*].targetPort",
    "k8s.service.type",
    "k8s.service.loadBalancerClass",
    `k8s.serviceAnnotations["cloud.google.com/load-balancer-type"]`,
  ].map((field) => `${GATEWAY}.${field}`),
];
const WORKLOADS = ["spec.components.pilot", GATEWAY];

/** Which VPC and which subnet a resource is in. */
const NETWORK = ["project", "network", "subnetwork", "location", "region", "name"];
const AUTOPILOT = "enableAutopilot";

/** A Secret's values are broken together, so that they still fit each other. */
const CACERTS = ["metadata.name", "metadata.namespace", "data", "stringData[*]"];

/**
 * What a rule reads to find what it judges, or another way to say the same, which the program does not use: by rule. Everything
 * else that it reads has to be protected.
 */
export const context: Record<string, string[]> = {
  "east-west-gateway-internal": EAST_WEST_ROLE,
  "east-west-gateway-restricted": EAST_WEST_ROLE,
  "ingress-gateway-without-load-balancer": [
    ...SERVICE_ROLE,
    ...["name", "label[*]", "k8s.service.ports[*].port", "k8s.service.ports[*].targetPort"].map(
      (field) => `${GATEWAY}.${field}`,
    ),
    "spec.components.egressGateways",
    "spec.profile",
  ],
  "istio-workloads-available": [
    `${GATEWAY}.name`,
    "spec.components.pilot.enabled",
    "spec.components.egressGateways",
    ...WORKLOADS.flatMap((workload) => [
      `${workload}.k8s.podDisruptionBudget.maxUnavailable`,
      `${workload}.k8s.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[*]`,
      `${workload}.k8s.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution`,
    ]),
  ],
  // By these it sees that the program's own Deployments are none of Istio's gateways, and their budgets none of its business.
  "istio-deployments-available": [
    "metadata.name",
    "metadata.namespace",
    "spec.template.metadata.annotations[*]",
    "spec.template.metadata.labels[*]",
    "spec.selector.matchLabels[*]",
  ],
  "cluster-private": ["nodePools"],
  "nodes-hardened": [AUTOPILOT, "nodePools", "clusterAutoscaling.enabled"],
  "cluster-node-auto-provisioning": [AUTOPILOT],
  "firewall-mesh-ports-closed": [
    "direction",
    "disabled",
    "allows[*].protocol",
    "allows[*].ports[*]",
    "sourceTags",
    "sourceServiceAccounts",
  ],
  "firewall-webhook-open": [
    ...NETWORK,
    "destinationRanges[*]",
    "sourceTags",
    "sourceServiceAccounts",
    "privateClusterConfig.enablePrivateNodes",
    "privateClusterConfig.masterIpv4CidrBlock",
    "ipAllocationPolicy.clusterSecondaryRangeName",
    "secondaryIpRanges[*].rangeName",
  ],
  "ranges-disjoint": [
    "network",
    "privateClusterConfig.masterIpv4CidrBlock",
    "ipAllocationPolicy.clusterSecondaryRangeName",
    "ipAllocationPolicy.servicesSecondaryRangeName",
  ],
  "cross-network-gateway-hosts": ["spec.servers[*].port.number"],
  "cacerts-complete": ["metadata.name", "metadata.namespace", "data"],
  "cacerts-chained": CACERTS,
  "cacerts-one-root": CACERTS,
  "ca-certificates-may-sign": [...CACERTS, "allowedUses[*]"],
  "ca-certificates-lasting": [...CACERTS, "isCaCertificate"],
  "keys-strong": CACERTS,
  "frontend-https-redirect": ["metadata.namespace"],
  "backend-health-check": ["metadata.namespace"],
  "multi-cluster-service-backends": ["metadata.namespace"],
  // It looks everywhere.
  "private-keys-in-secrets": ["**"],
  "remote-secret-well-formed": ["metadata.name", "data"],
  "namespace-network-label": ["metadata.name"],
  "istio-kubernetes-pair": ["masterVersion"],
  "mesh-mtls": ["metadata.namespace", "spec.host", "spec.trafficPolicy.portLevelSettings"],
};

/** Rules about what the program does not make: their own tests break it. */
export const elsewhere: Record<string, string> = {
  "istio-deployments-available": "gateways and istiod come from an IstioOperator",
  "ssl-policy-strong": "the load balancer takes Google's default policy",
};
