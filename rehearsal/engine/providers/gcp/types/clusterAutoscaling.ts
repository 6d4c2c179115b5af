import { block, flag, integer, list, text, texts } from "../schema";
import { atLeast, oneOf } from "../validators";

const computed = { computed: true };
const notAutopilot = { conflictsWith: ["enableAutopilot"] };

/** Node Auto Provisioning. */
export const clusterAutoscaling = block(
  {
    autoProvisioningDefaults: block(
      {
        bootDiskKmsKey: text({ forceNew: true }),
        diskSize: integer({ default: 100, check: atLeast(10) }),
        diskType: text({
          default: "pd-standard",
          check: oneOf("pd-standard", "pd-ssd", "pd-balanced", "hyperdisk-balanced"),
        }),
        imageType: text({
          default: "COS_CONTAINERD",
          check: oneOf("COS_CONTAINERD", "COS", "UBUNTU_CONTAINERD", "UBUNTU"),
        }),
        management: block({ autoRepair: flag(computed), autoUpgrade: flag(computed) }, computed),
        minCpuPlatform: text(),
        oauthScopes: texts(computed),
        serviceAccount: text({ default: "default" }),
        shieldedInstanceConfig: block(
          { enableIntegrityMonitoring: flag({ default: true }), enableSecureBoot: flag({ default: false }) },
          { atLeastOneOf: ["enableIntegrityMonitoring", "enableSecureBoot"] },
        ),
        upgradeSettings: block(
          {
            maxSurge: integer(),
            maxUnavailable: integer(),
            strategy: text({
              ...computed,
              check: oneOf("NODE_POOL_UPDATE_STRATEGY_UNSPECIFIED", "BLUE_GREEN", "SURGE"),
            }),
          },
          computed,
        ),
      },
      computed,
    ),
    autoProvisioningLocations: texts(computed),
    autoscalingProfile: text({ default: "BALANCED", check: oneOf("BALANCED", "OPTIMIZE_UTILIZATION") }),
    enabled: flag({ ...computed, ...notAutopilot }),
    resourceLimits: list(
      block({
        maximum: integer({ required: true, check: atLeast(1) }),
        minimum: integer(),
        resourceType: text({ required: true }),
      }),
      { ...computed, ...notAutopilot },
    ),
  },
  computed,
);
