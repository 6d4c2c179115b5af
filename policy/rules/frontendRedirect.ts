import { resourceRule } from "../rule";
import { at, put, unless } from "../read/values";

export const frontendRedirect = resourceRule({
  name: "frontend-https-redirect",
  displayName: "Plain HTTP is redirected",
  severity: "high",
  tags: ["edge", "tls"],
  description: "A FrontendConfig redirects plain HTTP to HTTPS.",
  remediationSteps:
    "Write spec.redirectToHttps: {enabled: true}. kubernetes.io/ingress.allow-http has no effect on a MultiClusterIngress.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#https_redirect",
  types: ["kubernetes:networking.gke.io/v1beta1:FrontendConfig"],
  inspect({ props }, expect) {
    expect("spec.redirectToHttps.enabled", () => {
      const value = at(props, "spec", "redirectToHttps", "enabled");
      return unless(value === true, value, "write true");
    });
  },
  mend: ({ props }) => put(props, true, "spec", "redirectToHttps", "enabled"),
});
