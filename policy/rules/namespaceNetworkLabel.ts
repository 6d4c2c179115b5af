import { resourceRule } from "../rule";
import { at, unless } from "../read/values";

export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const NETWORK_LABEL = "topology.istio.io/network";

interface Config {
  namespaces: string[];
}

export const namespaceNetworkLabel = resourceRule<Config>({
  name: "namespace-network-label",
  displayName: "Istio's namespace says which network the cluster is",
  severity: "high",
  tags: ["istio", "discovery"],
  description: `The namespace of istiod has the label ${NETWORK_LABEL}.`,
  remediationSteps: `Label it with the network that values.global.network names. Without it, istiod takes pods of other networks for its own.`,
  url: "https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/",
  configSchema: {
    properties: {
      namespaces: {
        type: "array",
        items: { type: "string" },
        default: ["istio-system"],
        description: "Namespaces in which an istiod runs.",
      },
    },
  },
  types: [NAMESPACE],
  inspect({ props }, expect, { namespaces }) {
    if (!namespaces.includes(String(at(props, "metadata", "name")))) {
      return;
    }
    expect(`metadata.labels["${NETWORK_LABEL}"]`, () => {
      const value = at(props, "metadata", "labels", NETWORK_LABEL);
      return unless(typeof value === "string" && value !== "", value, "write the cluster's network");
    });
  },
});
