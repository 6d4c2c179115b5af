import { GATEWAY_NAMESPACES } from "../read/gateways";
import { namespaceOf } from "../read/pairing";
import { resourceRule } from "../rule";
import { at, put, show, unless } from "../read/values";
import { MULTI_CLUSTER_INGRESS } from "./ingressStaticAddress";

const FRONTEND_CONFIG = "kubernetes:networking.gke.io/v1beta1:FrontendConfig";

/** https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#https_support */
const ANNOTATION = "networking.gke.io/frontend-config";

interface Config {
  namespaces: string[];
}

export const frontendRedirect = resourceRule<Config>({
  name: "frontend-https-redirect",
  displayName: "Plain HTTP is redirected",
  severity: "high",
  tags: ["edge", "tls"],
  description:
    "In a namespace of gateways a MultiClusterIngress names a FrontendConfig, and a FrontendConfig redirects plain HTTP to HTTPS.",
  remediationSteps:
    `Write spec.redirectToHttps: {enabled: true}, and annotate the MultiClusterIngress with ${ANNOTATION}: its name. ` +
    "kubernetes.io/ingress.allow-http has no effect on a MultiClusterIngress.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#https_redirect",
  configSchema: { properties: { namespaces: GATEWAY_NAMESPACES } },
  types: [FRONTEND_CONFIG, ...MULTI_CLUSTER_INGRESS],
  inspect({ type, props }, expect, { namespaces }) {
    if (!namespaces.includes(namespaceOf(props))) {
      return;
    }
    if (type !== FRONTEND_CONFIG) {
      expect(`metadata.annotations["${ANNOTATION}"]`, () => {
        const name = at(props, "metadata", "annotations", ANNOTATION);
        return typeof name === "string" && name !== ""
          ? undefined
          : `is ${show(name)}: no FrontendConfig redirects; write the name of one`;
      });
      return;
    }
    expect("spec.redirectToHttps.enabled", () => {
      const value = at(props, "spec", "redirectToHttps", "enabled");
      return unless(value === true, value, "write true");
    });
  },
  // Which FrontendConfig is meant, a MultiClusterIngress has to say itself.
  mend: ({ type, props }, { namespaces }) =>
    type === FRONTEND_CONFIG &&
    namespaces.includes(namespaceOf(props)) &&
    put(props, true, "spec", "redirectToHttps", "enabled"),
});
