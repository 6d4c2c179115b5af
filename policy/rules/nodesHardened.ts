import { type Expect, resourceRule } from "../rule";
import { at, listAt, show, unless } from "../read/values";
import { CLUSTER, NODE_POOL } from "./clusterPrivate";

interface Config {
  secureBoot: boolean;
}

export const nodesHardened = resourceRule<Config>({
  name: "nodes-hardened",
  displayName: "Nodes are shielded, and do not act as the project's default account",
  severity: "high",
  tags: ["cluster", "identity"],
  description:
    "Node pools, those that a cluster provisions by itself too, have a service account of their own, boot securely, and hide " +
    "the node's credentials from pods.",
  remediationSteps:
    "Write nodeConfig.serviceAccount, shieldedInstanceConfig: {enableSecureBoot: true, enableIntegrityMonitoring: true} and " +
    "workloadMetadataConfig: {mode: GKE_METADATA}; in clusterAutoscaling.autoProvisioningDefaults the first two.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa",
  configSchema: {
    properties: {
      secureBoot: {
        type: "boolean",
        default: true,
        description:
          "Whether nodes have to boot securely; false for those with kernel modules that Google did not sign.",
      },
    },
  },
  types: [NODE_POOL, CLUSTER],
  // No remediation: each of these fields replaces the nodes, and the cluster where it stands in a cluster's own nodeConfig.
  inspect({ type, props }, expect, { secureBoot }) {
    if (type === NODE_POOL) {
      inspectNodes("nodeConfig", at(props, "nodeConfig"), expect, secureBoot);
      return;
    }
    expect("", () => {
      if (at(props, "enableAutopilot") === true) {
        return;
      }
      expect("nodeConfig", () => {
        const node = at(props, "nodeConfig");
        const pools = listAt(props, "nodePools");
        pools.forEach((pool, index) =>
          inspectNodes(`nodePools[${index}].nodeConfig`, at(pool, "nodeConfig"), expect, secureBoot),
        );
        // The pool of a cluster that removes it lives for minutes, but where it is described it says what people meant.
        if (node !== undefined || (pools.length === 0 && at(props, "removeDefaultNodePool") !== true)) {
          inspectNodes("nodeConfig", node, expect, secureBoot);
        }
      });
      expect("clusterAutoscaling", () => {
        if (at(props, "clusterAutoscaling", "enabled") === true) {
          const defaults = at(props, "clusterAutoscaling", "autoProvisioningDefaults");
          inspectNodes("clusterAutoscaling.autoProvisioningDefaults", defaults, expect, secureBoot);
        }
      });
    });
  },
});

/** @param node a nodeConfig, or what stands for it where Google provisions nodes by itself */
function inspectNodes(field: string, node: unknown, expect: Expect, secureBoot: boolean): void {
  expect(`${field}.serviceAccount`, () => {
    const account = at(node, "serviceAccount");
    const own =
      typeof account === "string" &&
      account !== "" &&
      account !== "default" &&
      !account.endsWith("-compute@developer.gserviceaccount.com");
    return unless(own, account, "nodes act as the project's default account; write one of their own");
  });
  expect(`${field}.shieldedInstanceConfig.enableIntegrityMonitoring`, () => {
    const value = at(node, "shieldedInstanceConfig", "enableIntegrityMonitoring");
    return unless(value !== false, value, "leave it out, or write true");
  });
  expect(`${field}.shieldedInstanceConfig.enableSecureBoot`, () => {
    const value = at(node, "shieldedInstanceConfig", "enableSecureBoot");
    return unless(value === true || !secureBoot, value, "write true");
  });
  expect(`${field}.workloadMetadataConfig.mode`, () => {
    // Left out, it is GKE_METADATA in clusters with Workload Identity.
    const value = at(node, "workloadMetadataConfig", "mode");
    return value === undefined || value === "GKE_METADATA"
      ? undefined
      : `is ${show(value)}: pods get the node's credentials; write GKE_METADATA`;
  });
}
