import { block, flag, integer, list, map, text, textSet, texts, toggle, type ResourceType } from "../schema";
import { cidrNetwork, clusterName, oneOf, sameReference } from "../validators";
import { isSet, valueAt } from "../check";
import { common, fixedDescription, labelOutputs } from "./common";
import { nodeConfig } from "./nodeConfig";
import { clusterAutoscaling } from "./clusterAutoscaling";
import {
  addonsConfig,
  components,
  ipAllocationPolicy,
  maintenancePolicy,
  privateClusterConfig,
} from "./clusterBlocks";
import { nodePool } from "./nodePool";

const fixed = { forceNew: true };
const computed = { computed: true };
const notAutopilot = { conflictsWith: ["enableAutopilot"] };

export const cluster: ResourceType = {
  token: "gcp:container/cluster:Cluster",
  autoname: { property: "name", max: 40 },
  place: "location",
  timeoutMinutes: 90,
  fields: {
    ...common,
    addonsConfig,
    binaryAuthorization: block({
      enabled: flag({ conflictsWith: ["enableAutopilot", "binaryAuthorization.evaluationMode"] }),
      evaluationMode: text({ ...computed, check: oneOf("DISABLED", "PROJECT_SINGLETON_POLICY_ENFORCE") }),
    }),
    clusterAutoscaling,
    clusterIpv4Cidr: text({
      ...computed,
      ...fixed,
      check: cidrNetwork(8, 32),
      conflictsWith: ["ipAllocationPolicy"],
    }),
    controlPlaneEndpointsConfig: block(
      {
        dnsEndpointConfig: block(
          {
            allowExternalTraffic: flag(),
            enableK8sCertsViaDns: flag(),
            enableK8sTokensViaDns: flag(),
            endpoint: text(computed),
          },
          computed,
        ),
        ipEndpointsConfig: block({ enabled: flag() }, computed),
      },
      computed,
    ),
    costManagementConfig: toggle("enabled", computed),
    databaseEncryption: block(
      {
        keyName: text(),
        state: text({
          required: true,
          check: oneOf("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED", "DECRYPTED"),
        }),
      },
      computed,
    ),
    datapathProvider: text({
      ...computed,
      ...fixed,
      check: oneOf("DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"),
    }),
    defaultMaxPodsPerNode: integer({ ...computed, ...fixed, ...notAutopilot }),
    defaultSnatStatus: toggle("disabled", computed),
    deletionProtection: flag({ default: true }),
    description: fixedDescription,
    dnsConfig: block({
      additiveVpcScopeDnsDomain: text(),
      clusterDns: text({
        default: "PROVIDER_UNSPECIFIED",
        check: oneOf("PROVIDER_UNSPECIFIED", "PLATFORM_DEFAULT", "CLOUD_DNS", "KUBE_DNS"),
      }),
      clusterDnsDomain: text(),
      clusterDnsScope: text({ check: oneOf("DNS_SCOPE_UNSPECIFIED", "CLUSTER_SCOPE", "VPC_SCOPE") }),
    }),
    enableAutopilot: flag(fixed),
    enableFqdnNetworkPolicy: flag({ default: false }),
    enableIntranodeVisibility: flag({ ...computed, ...notAutopilot }),
    enableKubernetesAlpha: flag({ default: false, ...fixed }),
    enableL4IlbSubsetting: flag(computed),
    enableLegacyAbac: flag({ default: false }),
    enableShieldedNodes: flag({ default: true, ...notAutopilot }),
    fleet: block({ membershipType: text({ check: oneOf("LIGHTWEIGHT") }), project: text() }),
    gatewayApiConfig: block(
      {
        channel: text({
          required: true,
          check: oneOf("CHANNEL_DISABLED", "CHANNEL_EXPERIMENTAL", "CHANNEL_STANDARD"),
        }),
      },
      computed,
    ),
    initialNodeCount: integer(fixed),
    ipAllocationPolicy,
    location: text({ ...computed, ...fixed }),
    loggingConfig: block(
      { enableComponents: list(text({ check: components }), { required: true, set: true }) },
      computed,
    ),
    loggingService: text({
      ...computed,
      check: oneOf("logging.googleapis.com", "logging.googleapis.com/kubernetes", "none"),
    }),
    maintenancePolicy,
    masterAuth: block(
      {
        clientCertificate: text(computed),
        clientCertificateConfig: block(
          { issueClientCertificate: flag({ required: true, ...fixed }) },
          { required: true, ...fixed },
        ),
        clientKey: text({ computed: true, secret: true }),
        clusterCaCertificate: text(computed),
      },
      computed,
    ),
    masterAuthorizedNetworksConfig: block(
      {
        cidrBlocks: list(
          block({ cidrBlock: text({ required: true, check: cidrNetwork(0, 32) }), displayName: text() }),
          {
            set: true,
          },
        ),
        gcpPublicCidrsAccessEnabled: flag(computed),
        privateEndpointEnforcementEnabled: flag(computed),
      },
      computed,
    ),
    meshCertificates: block({ enableCertificates: flag({ required: true }) }, computed),
    minMasterVersion: text(),
    monitoringConfig: block(
      {
        advancedDatapathObservabilityConfig: block(
          { enableMetrics: flag({ required: true }), enableRelay: flag({ required: true }) },
          computed,
        ),
        enableComponents: textSet(computed),
        managedPrometheus: block(
          {
            autoMonitoringConfig: block(
              { scope: text({ required: true, check: oneOf("ALL", "NONE") }) },
              computed,
            ),
            enabled: flag({ required: true }),
          },
          computed,
        ),
      },
      computed,
    ),
    monitoringService: text({
      ...computed,
      check: oneOf("monitoring.googleapis.com", "monitoring.googleapis.com/kubernetes", "none"),
    }),
    name: text({ ...computed, ...fixed, check: clusterName }),
    network: text({ default: "default", ...fixed, same: sameReference }),
    networkPolicy: block(
      {
        enabled: flag({ required: true }),
        provider: text({ check: oneOf("PROVIDER_UNSPECIFIED", "CALICO") }),
      },
      notAutopilot,
    ),
    networkingMode: text({ ...computed, ...fixed, check: oneOf("VPC_NATIVE", "ROUTES") }),
    nodeConfig: nodeConfig({ ...computed, ...fixed }),
    nodeLocations: textSet(computed),
    nodePoolAutoConfig: block(
      { networkTags: block({ tags: texts() }), resourceManagerTags: map() },
      computed,
    ),
    nodePools: list(
      block({
        ...nodePool.fields,
        cluster: text(),
        ...Object.fromEntries(nodePool.outputs.map((name) => [name, text(computed)])),
      }),
      {
        ...computed,
        ...fixed,
        ...notAutopilot,
      },
    ),
    nodeVersion: text(computed),
    privateClusterConfig,
    privateIpv6GoogleAccess: text(computed),
    releaseChannel: block(
      {
        channel: text({
          required: true,
          check: oneOf("UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"),
        }),
      },
      computed,
    ),
    removeDefaultNodePool: flag(notAutopilot),
    resourceLabels: map(),
    securityPostureConfig: block(
      {
        mode: text({ ...computed, check: oneOf("DISABLED", "BASIC", "ENTERPRISE", "MODE_UNSPECIFIED") }),
        vulnerabilityMode: text({
          ...computed,
          check: oneOf(
            "VULNERABILITY_DISABLED",
            "VULNERABILITY_BASIC",
            "VULNERABILITY_ENTERPRISE",
            "VULNERABILITY_MODE_UNSPECIFIED",
          ),
        }),
      },
      computed,
    ),
    serviceExternalIpsConfig: toggle("enabled", computed),
    skipNodePoolRefresh: flag(),
    subnetwork: text({ ...computed, ...fixed, same: sameReference }),
    verticalPodAutoscaling: toggle("enabled", computed),
    workloadIdentityConfig: block({ workloadPool: text() }, computed),
  },
  rules(inputs) {
    const problems: string[] = [];
    const master = inputs.minMasterVersion;
    const node = inputs.nodeVersion;
    if (typeof node === "string" && inputs.removeDefaultNodePool === true)
      problems.push("node_version can only be specified if remove_default_node_pool is not true");
    if (typeof node === "string" && typeof master === "string" && master.split("-")[0] !== node.split("-")[0])
      problems.push(
        `Resource argument node_version (value: ${node}) must either be unset or set to the same value as min_master_version (value: ${master}) on create.`,
      );
    const tags = isSet(valueAt(inputs, "nodePoolAutoConfig.networkTags.tags"));
    if (tags && !isSet(valueAt(inputs, "clusterAutoscaling.enabled")) && !isSet(inputs.enableAutopilot))
      problems.push(
        "node_pool_auto_config network tags can only be set if enable_autopilot or cluster_autoscaling is enabled",
      );
    return problems;
  },
  replaceWhen: {
    // Once on, they cannot be switched off in place (`isBeenEnabled`).
    enableL4IlbSubsetting: (before, after) => before === true && after !== true,
    enableFqdnNetworkPolicy: (before, after) => before === true && after !== true,
  },
  keeps: (state) =>
    state.deletionProtection === false
      ? undefined
      : "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with cluster deletion.",
  outputs: [
    "emulatedVersion",
    "endpoint",
    "labelFingerprint",
    "masterVersion",
    "operation",
    "selfLink",
    "servicesIpv4Cidr",
    "tpuIpv4CidrBlock",
    ...labelOutputs,
  ],
};
