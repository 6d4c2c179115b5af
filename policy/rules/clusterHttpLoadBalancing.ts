import { resourceRule } from "../rule";
import { at, unless } from "../values";
import { CLUSTER } from "./clusterPrivate";

export const clusterHttpLoadBalancing = resourceRule({
  name: "cluster-http-load-balancing",
  displayName: "Clusters can be reached by the global load balancer",
  severity: "high",
  tags: ["cluster", "edge"],
  description: "The HTTP load balancing add-on is on: it makes the endpoint groups of a MultiClusterService.",
  remediationSteps: "Leave addonsConfig.httpLoadBalancing out, or set its disabled to false.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress-setup",
  types: [CLUSTER],
  inspect({ props }, expect) {
    expect("addonsConfig.httpLoadBalancing.disabled", () => {
      const value = at(props, "addonsConfig", "httpLoadBalancing", "disabled");
      return unless(value !== true, value, "write false");
    });
  },
});
