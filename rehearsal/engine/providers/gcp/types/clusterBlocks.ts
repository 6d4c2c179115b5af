import { block, flag, list, text, toggle, type Field } from "../schema";
import { cidrNetwork, oneOf, rfc3339, sameReference, timeOfDay } from "../validators";

const fixed = { forceNew: true };
const computed = { computed: true };
const notAutopilot = { conflictsWith: ["enableAutopilot"] };
const addon = (name: "enabled" | "disabled"): Field => toggle(name, computed);

export const addonsConfig = block(
  {
    configConnectorConfig: addon("enabled"),
    dnsCacheConfig: toggle("enabled", { ...computed, ...notAutopilot }),
    gcePersistentDiskCsiDriverConfig: addon("enabled"),
    gcpFilestoreCsiDriverConfig: addon("enabled"),
    gcsFuseCsiDriverConfig: addon("enabled"),
    gkeBackupAgentConfig: addon("enabled"),
    horizontalPodAutoscaling: addon("disabled"),
    httpLoadBalancing: addon("disabled"),
    networkPolicyConfig: toggle("disabled", { ...computed, ...notAutopilot }),
  },
  {
    ...computed,
    atLeastOneOf: [
      "configConnectorConfig",
      "dnsCacheConfig",
      "gcePersistentDiskCsiDriverConfig",
      "gcpFilestoreCsiDriverConfig",
      "gcsFuseCsiDriverConfig",
      "gkeBackupAgentConfig",
      "horizontalPodAutoscaling",
      "httpLoadBalancing",
      "networkPolicyConfig",
    ],
  },
);

const ranges = [
  "ipAllocationPolicy.clusterSecondaryRangeName",
  "ipAllocationPolicy.servicesSecondaryRangeName",
];
const blocks = ["ipAllocationPolicy.clusterIpv4CidrBlock", "ipAllocationPolicy.servicesIpv4CidrBlock"];

export const ipAllocationPolicy = block(
  {
    clusterIpv4CidrBlock: text({ ...computed, ...fixed, conflictsWith: ranges }),
    clusterSecondaryRangeName: text({ ...computed, ...fixed, conflictsWith: blocks }),
    podCidrOverprovisionConfig: toggle("disabled", { ...computed, ...fixed }),
    servicesIpv4CidrBlock: text({ ...computed, ...fixed, conflictsWith: ranges }),
    servicesSecondaryRangeName: text({ ...computed, ...fixed, conflictsWith: blocks }),
    stackType: text({ default: "IPV4", check: oneOf("IPV4", "IPV4_IPV6") }),
  },
  { ...computed, ...fixed, conflictsWith: ["clusterIpv4Cidr"] },
);

export const privateClusterConfig = block(
  {
    enablePrivateEndpoint: flag(),
    enablePrivateNodes: flag(),
    masterGlobalAccessConfig: toggle("enabled", computed),
    masterIpv4CidrBlock: text({ ...computed, ...fixed, check: cidrNetwork(28, 28) }),
    peeringName: text(computed),
    privateEndpoint: text(computed),
    privateEndpointSubnetwork: text({ computed: true, ...fixed, same: sameReference }),
    publicEndpoint: text(computed),
  },
  {
    ...computed,
    atLeastOneOf: [
      "enablePrivateEndpoint",
      "enablePrivateNodes",
      "masterGlobalAccessConfig",
      "masterIpv4CidrBlock",
      "privateEndpointSubnetwork",
    ],
  },
);

export const maintenancePolicy = block(
  {
    dailyMaintenanceWindow: block({
      duration: text(computed),
      startTime: text({ required: true, check: timeOfDay }),
    }),
    maintenanceExclusions: list(
      block({
        endTime: text({ check: rfc3339 }),
        exclusionName: text({ required: true }),
        exclusionOptions: block({
          endTimeBehavior: text({ check: oneOf("UNTIL_END_OF_SUPPORT") }),
          scope: text({
            required: true,
            check: oneOf("NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES"),
          }),
        }),
        startTime: text({ required: true, check: rfc3339 }),
      }),
      { set: true, max: 20 },
    ),
    recurringWindow: block({
      endTime: text({ required: true, check: rfc3339 }),
      recurrence: text({ required: true }),
      startTime: text({ required: true, check: rfc3339 }),
    }),
  },
  { exactlyOneOf: ["dailyMaintenanceWindow", "recurringWindow"] },
);

export const components = oneOf(
  "SYSTEM_COMPONENTS",
  "APISERVER",
  "CONTROLLER_MANAGER",
  "KCP_CONNECTION",
  "KCP_SSHD",
  "KCP_HPA",
  "KCP_VPA",
  "SCHEDULER",
  "WORKLOADS",
);
