import type { Protected, Props } from "./index";
import { filled, named, narrow } from "./demands";
import { read } from "./paths";

const CLUSTER = { types: ["gcp:container/cluster:Cluster"] };
const NODE_POOL = { types: ["gcp:container/nodePool:NodePool"] };

const isTrue = (value: unknown) => value === true;
const isNotTrue = (value: unknown) => value !== true;
const isNotFalse = (value: unknown) => value !== false;

function cluster(
  rule: string,
  path: string,
  must: Protected["must"],
  more: Partial<Protected> = {},
): Protected {
  return { ...CLUSTER, rule, path, must, ...more };
}

/** Whether there is a limit for each of the two that Google asks for. */
function limited(_: unknown, props: Props): boolean {
  const limits = (read(props, ["clusterAutoscaling", "resourceLimits"]) ?? []) as Props[];
  return ["cpu", "memory"].every((wanted) =>
    limits.some(({ resourceType, maximum }) => resourceType === wanted && Number(maximum) >= 1),
  );
}

const isChannel = (value: unknown) =>
  ["RAPID", "REGULAR", "STABLE", "EXTENDED"].some((name) => name === value);
const channels = { oneOf: [undefined, "UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"] };

/** Of nodes, wherever they are described. */
function hardened(types: Pick<Protected, "types">, nodes: string): Protected[] {
  const field = (path: string, must: Protected["must"], more: Partial<Protected> = {}): Protected => ({
    ...types,
    rule: "nodes-hardened",
    path: `${nodes}.${path}`,
    must,
    ...more,
  });
  const own = (value: unknown) =>
    typeof value === "string" && value !== "" && !/^default$|-compute@developer/.test(value);
  return [
    field("serviceAccount", own, { tries: ["default", "1-compute@developer.gserviceaccount.com"] }),
    field("shieldedInstanceConfig", filled),
    field("shieldedInstanceConfig.enableSecureBoot", isTrue),
    field("shieldedInstanceConfig.enableIntegrityMonitoring", isNotFalse),
    field("workloadMetadataConfig.mode", (value) => value === undefined || value === "GKE_METADATA", {
      oneOf: [undefined, "GCE_METADATA", "MODE_UNSPECIFIED"],
    }),
  ];
}

export const googleFields: Protected[] = [
  cluster("cluster-private", "privateClusterConfig", filled),
  cluster("cluster-private", "privateClusterConfig.enablePrivateNodes", isTrue),
  cluster("cluster-private", "privateClusterConfig.masterGlobalAccessConfig", filled),
  cluster("cluster-private", "privateClusterConfig.masterGlobalAccessConfig.enabled", isTrue),
  // Without blocks Google admits the cluster's own network alone.
  cluster("cluster-private", "masterAuthorizedNetworksConfig", (value) => value !== undefined),
  cluster("cluster-private", "masterAuthorizedNetworksConfig.cidrBlocks[*].cidrBlock", narrow),
  cluster("cluster-private", "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", isNotTrue),
  {
    ...NODE_POOL,
    rule: "cluster-private",
    path: "networkConfig.enablePrivateNodes",
    must: isNotFalse,
    oneOf: [true, false],
  },

  cluster("cluster-hardened", "workloadIdentityConfig", filled),
  cluster(
    "cluster-hardened",
    "workloadIdentityConfig.workloadPool",
    named(/^[a-z][-a-z0-9]+\.svc\.id\.goog$/),
  ),
  cluster("cluster-hardened", "enableShieldedNodes", isNotFalse),
  cluster("cluster-hardened", "enableLegacyAbac", isNotTrue),
  cluster("cluster-hardened", "masterAuth.clientCertificateConfig.issueClientCertificate", isNotTrue),
  cluster("cluster-hardened", "masterAuth.username", (value) => !value, { tries: ["admin", ""] }),
  cluster("cluster-hardened", "masterAuth.password", (value) => !value, { tries: ["correct horse", ""] }),
  cluster("cluster-hardened", "releaseChannel", filled),
  cluster("cluster-hardened", "releaseChannel.channel", isChannel, channels),

  cluster("cluster-node-auto-provisioning", "clusterAutoscaling", filled),
  cluster("cluster-node-auto-provisioning", "clusterAutoscaling.enabled", isTrue),
  cluster("cluster-node-auto-provisioning", "clusterAutoscaling.resourceLimits", limited),
  cluster("cluster-node-auto-provisioning", "clusterAutoscaling.resourceLimits[*].maximum", limited),
  cluster("cluster-node-auto-provisioning", "clusterAutoscaling.resourceLimits[*].resourceType", limited),

  cluster("cluster-http-load-balancing", "addonsConfig.httpLoadBalancing.disabled", isNotTrue),
  cluster("cluster-deletion-protection", "deletionProtection", isNotFalse),

  ...["nodeConfig", "clusterAutoscaling.autoProvisioningDefaults"].flatMap((nodes) =>
    hardened(CLUSTER, nodes),
  ),
  cluster("nodes-hardened", "clusterAutoscaling.autoProvisioningDefaults", filled),
  ...hardened(NODE_POOL, "nodeConfig"),
  { ...NODE_POOL, rule: "nodes-hardened", path: "nodeConfig", must: filled },
];
