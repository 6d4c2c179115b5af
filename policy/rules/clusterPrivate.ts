import { tooWide } from "../read/cidr";
import { resourceRule } from "../rule";
import { at, listAt, put, unless } from "../read/values";

export const CLUSTER = "gcp:container/cluster:Cluster";

interface Config {
  minPrefixLength: number;
}

export const clusterPrivate = resourceRule<Config>({
  name: "cluster-private",
  displayName: "Clusters are private",
  severity: "critical",
  tags: ["cluster", "network"],
  description:
    "Nodes have no public address, and the control plane admits named ranges only, from every region of the mesh.",
  remediationSteps:
    "Set privateClusterConfig.enablePrivateNodes and masterGlobalAccessConfig.enabled, and list the mesh's ranges in " +
    "masterAuthorizedNetworksConfig.cidrBlocks.",
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
  types: [CLUSTER],
  inspect({ props }, expect, { minPrefixLength }) {
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
  },
  // Of a private endpoint that is there: other regions of the VPC reach it, and still have to be admitted and to sign in. Changes
  // in place, unlike private nodes and the control plane's range: hashicorp/terraform-provider-google, resource_container_cluster.go
  mend: ({ props }) =>
    at(props, "privateClusterConfig", "enablePrivateNodes") === true &&
    put(props, true, "privateClusterConfig", "masterGlobalAccessConfig", "enabled"),
});
