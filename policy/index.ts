import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules";

new PolicyPack("multi-region-istio-mesh", {
  displayName: "Multi-region Istio mesh",
  provider: "gcp",
  tags: ["istio", "gke"],
  policies: rules,
});
