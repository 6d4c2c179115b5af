import { type Expect, type Props, resourceRule } from "../rule";
import { at, listAt, show, unless } from "../read/values";
import { CLUSTER } from "./clusterPrivate";

export const clusterNodeAutoProvisioning = resourceRule({
  name: "cluster-node-auto-provisioning",
  displayName: "Clusters make nodes by themselves, within limits",
  severity: "medium",
  tags: ["cluster", "availability"],
  description: "Node Auto Provisioning is on, with limits for cpu and memory.",
  remediationSteps:
    "Set clusterAutoscaling.enabled, and in resourceLimits a maximum for cpu and one for memory: Google refuses it without both.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-provisioning",
  types: [CLUSTER],
  inspect({ props }, expect) {
    expect("", () => {
      // Google provisions all nodes of an Autopilot cluster.
      if (at(props, "enableAutopilot") !== true) {
        inspectLimits(props, expect);
      }
    });
  },
});

function inspectLimits(props: Props, expect: Expect): void {
  expect("clusterAutoscaling.enabled", () => {
    const value = at(props, "clusterAutoscaling", "enabled");
    return unless(value === true, value, "write true");
  });
  for (const wanted of ["cpu", "memory"]) {
    expect("clusterAutoscaling.resourceLimits", () => {
      const limits = listAt(props, "clusterAutoscaling", "resourceLimits");
      const limit = limits.find((entry) => at(entry, "resourceType") === wanted);
      const maximum = at(limit, "maximum");
      return typeof maximum === "number" && maximum >= 1
        ? undefined
        : `have a maximum for ${wanted} that is ${show(maximum)}: write 1 or more`;
    });
  }
}
