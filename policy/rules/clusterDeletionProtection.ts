import { resourceRule } from "../rule";
import { at, put, unless } from "../read/values";
import { CLUSTER } from "./clusterPrivate";

export const clusterDeletionProtection = resourceRule({
  name: "cluster-deletion-protection",
  displayName: "Clusters are protected from deletion",
  severity: "medium",
  tags: ["cluster", "availability"],
  description:
    "A cluster cannot be deleted before somebody has switched its protection off in an update of its own.",
  remediationSteps:
    "Leave deletionProtection on. Where a stack never goes, make this rule mandatory; where clusters come and go, disable it.",
  url: "https://www.pulumi.com/registry/packages/gcp/api-docs/container/cluster/#deletionprotection_nodejs",
  // Switching it off is the first step of a planned removal.
  enforcementLevel: "advisory",
  types: [CLUSTER],
  inspect({ props }, expect) {
    expect("deletionProtection", () => {
      const value = at(props, "deletionProtection");
      return unless(value !== false, value, "write true, or leave it out");
    });
  },
  // A field of the provider alone: nothing changes at Google.
  mend: ({ props }) => at(props, "deletionProtection") === false && put(props, true, "deletionProtection"),
});
