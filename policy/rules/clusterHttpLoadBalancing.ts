import { resourceRule } from "../rule";
import { at, put, unless } from "../read/values";
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
  // An add-on is switched on in place, and nodes stay: hashicorp/terraform-provider-google, resource_container_cluster.go
  mend: ({ props }) =>
    at(props, "addonsConfig", "httpLoadBalancing", "disabled") === true &&
    put(props, false, "addonsConfig", "httpLoadBalancing", "disabled"),
});
