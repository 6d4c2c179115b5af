import { block, flag, integer, text, textSet, type ResourceType } from "../schema";
import { atLeast, oneOf, sameReference } from "../validators";
import { valueAt } from "../check";
import { common } from "./common";
import { nodeConfig } from "./nodeConfig";

const count = integer({ check: atLeast(0) });

export const nodePool: ResourceType = {
  token: "gcp:container/nodePool:NodePool",
  creating: "error creating NodePool",
  autoname: { property: "name", max: 40 },
  place: "location",
  timeoutMinutes: 120,
  fields: {
    ...common,
    autoscaling: block({
      locationPolicy: text({ computed: true, check: oneOf("BALANCED", "ANY") }),
      maxNodeCount: count,
      minNodeCount: count,
      totalMaxNodeCount: count,
      totalMinNodeCount: count,
    }),
    cluster: text({ required: true, forceNew: true, same: sameReference }),
    ignoreNodeCountChanges: flag(),
    initialNodeCount: integer({ computed: true, forceNew: true }),
    location: text({ computed: true, forceNew: true }),
    management: block(
      { autoRepair: flag({ default: true }), autoUpgrade: flag({ default: true }) },
      { computed: true },
    ),
    maxPodsPerNode: integer({ computed: true, forceNew: true }),
    name: text({ computed: true, forceNew: true }),
    networkConfig: block(
      {
        createPodRange: flag({ forceNew: true }),
        enablePrivateNodes: flag({ computed: true }),
        podIpv4CidrBlock: text({ computed: true, forceNew: true }),
        podRange: text({ computed: true, forceNew: true }),
      },
      { computed: true },
    ),
    nodeConfig: nodeConfig({ computed: true, forceNew: true }),
    nodeCount: integer({ computed: true, check: atLeast(0) }),
    nodeLocations: textSet({ computed: true }),
    upgradeSettings: block(
      {
        maxSurge: integer({ computed: true, check: atLeast(0) }),
        maxUnavailable: integer({ computed: true, check: atLeast(0) }),
        strategy: text({ default: "SURGE", check: oneOf("SURGE", "BLUE_GREEN") }),
      },
      { computed: true },
    ),
    version: text({ computed: true }),
  },
  rules(inputs) {
    const problems: string[] = [];
    if (typeof inputs.initialNodeCount === "number" && typeof inputs.nodeCount === "number")
      problems.push(
        `Cannot set both initial_node_count and node_count on node pool ${typeof inputs.name === "string" ? inputs.name : ""}`,
      );
    const surge = ["maxSurge", "maxUnavailable"].some(
      (field) => valueAt(inputs, `upgradeSettings.${field}`) !== undefined,
    );
    if (surge && valueAt(inputs, "upgradeSettings.strategy") === "BLUE_GREEN")
      problems.push("Surge upgrade settings may not be changed when surge strategy is not enabled");
    return problems;
  },
  outputs: ["instanceGroupUrls", "managedInstanceGroupUrls", "operation"],
};
