import { tooWide } from "../read/cidr";
import { type Expect, resourceRule } from "../rule";
import { at, listAt, put, unless } from "../read/values";

export const CLUSTER = "gcp:container/cluster:Cluster";
export const NODE_POOL = "gcp:container/nodePool:NodePool";

interface Config {
  minPrefixLength: number;
}

export const clusterPrivate = resourceRule<Config>({
  name: "cluster-private",
  displayName: "Clusters are private",
  severity: "critical",
  tags: ["cluster", "network"],
  description:
    "Nodes have no public address, those of a pool of its own neither, and the control plane admits named ranges only, from every " +
    "region of the mesh, and not all of Google Cloud.",
  remediationSteps:
    "Set privateClusterConfig.enablePrivateNodes and masterGlobalAccessConfig.enabled, and list the mesh's ranges in " +
    "masterAuthorizedNetworksConfig.cidrBlocks. Leave its gcpPublicCidrsAccessEnabled out, and a pool's " +
    "networkConfig.enablePrivateNodes too: then the pool's nodes are as the cluster says.",
  url: "https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation",
  configSchema: {
    properties: {
      minPrefixLength: {
        type: "integer",
        default: 8,
        description: "The widest authorized network, as its prefix length.",
      },
    },
  },
  types: [CLUSTER, NODE_POOL],
  inspect({ type, props }, expect, { minPrefixLength }) {
    if (type === NODE_POOL) {
      inspectPool("", props, expect);
      return;
    }
    expect("nodePools", () =>
      listAt(props, "nodePools").forEach((pool, index) => inspectPool(`nodePools[${index}].`, pool, expect)),
    );
    expect("privateClusterConfig.enablePrivateNodes", () => {
      const value = at(props, "privateClusterConfig", "enablePrivateNodes");
      return unless(value === true, value, "nodes get public addresses; write true");
    });
    expect("privateClusterConfig.masterGlobalAccessConfig.enabled", () => {
      const value = at(props, "privateClusterConfig", "masterGlobalAccessConfig", "enabled");
      return unless(value === true, value, "istiod of other regions cannot watch this cluster; write true");
    });
    expect("masterAuthorizedNetworksConfig.cidrBlocks", () => {
      if (at(props, "masterAuthorizedNetworksConfig") === undefined) {
        return "is missing: every address is admitted; list the ranges of the mesh";
      }
      const blocks = listAt(props, "masterAuthorizedNetworksConfig", "cidrBlocks");
      const wide = tooWide(
        blocks.map((block) => at(block, "cidrBlock")),
        minPrefixLength,
      );
      return wide && `has ${wide}, wider than /${minPrefixLength}: list the ranges of the mesh`;
    });
    expect("masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", () => {
      const value = at(props, "masterAuthorizedNetworksConfig", "gcpPublicCidrsAccessEnabled");
      return unless(value !== true, value, "every virtual machine of Google Cloud is admitted; write false");
    });
  },
  // Of a private endpoint that is there: other regions of the VPC reach it, and still have to be admitted and to sign in. Changes
  // in place, unlike private nodes and the control plane's range: hashicorp/terraform-provider-google, resource_container_cluster.go
  mend: ({ props }) =>
    at(props, "privateClusterConfig", "enablePrivateNodes") === true &&
    put(props, true, "privateClusterConfig", "masterGlobalAccessConfig", "enabled"),
});

/** A pool is as its cluster, unless it says otherwise. */
function inspectPool(prefix: string, pool: unknown, expect: Expect): void {
  expect(`${prefix}networkConfig.enablePrivateNodes`, () => {
    const value = at(pool, "networkConfig", "enablePrivateNodes");
    return unless(value !== false, value, "nodes get public addresses; leave it out, or write true");
  });
}
