import { GATEWAY_NAMESPACES } from "../read/gateways";
import { namespaceOf } from "../read/pairing";
import { resourceRule } from "../rule";
import { at, put, unless } from "../read/values";

interface Config {
  namespaces: string[];
}

export const frontendRedirect = resourceRule<Config>({
  name: "frontend-https-redirect",
  displayName: "Plain HTTP is redirected",
  severity: "high",
  tags: ["edge", "tls"],
  description: "A FrontendConfig in a namespace of gateways redirects plain HTTP to HTTPS.",
  remediationSteps:
    "Write spec.redirectToHttps: {enabled: true}. kubernetes.io/ingress.allow-http has no effect on a MultiClusterIngress.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#https_redirect",
  configSchema: { properties: { namespaces: GATEWAY_NAMESPACES } },
  types: ["kubernetes:networking.gke.io/v1beta1:FrontendConfig"],
  inspect({ props }, expect, { namespaces }) {
    if (!namespaces.includes(namespaceOf(props))) {
      return;
    }
    expect("spec.redirectToHttps.enabled", () => {
      const value = at(props, "spec", "redirectToHttps", "enabled");
      return unless(value === true, value, "write true");
    });
  },
  mend: ({ props }, { namespaces }) =>
    namespaces.includes(namespaceOf(props)) && put(props, true, "spec", "redirectToHttps", "enabled"),
});
