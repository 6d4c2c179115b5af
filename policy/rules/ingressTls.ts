import { resourceRule } from "../rule";
import { at, listAt } from "../read/values";
import { MULTI_CLUSTER_INGRESS } from "./ingressStaticAddress";

const CERTIFICATES = "networking.gke.io/pre-shared-certs";

export const ingressTls = resourceRule({
  name: "ingress-tls",
  displayName: "The global ingress answers with TLS",
  severity: "critical",
  tags: ["edge", "tls"],
  description: "A MultiClusterIngress has a TLS Secret or certificates that Google holds.",
  remediationSteps: `Write spec.template.spec.tls[0].secretName, or the annotation ${CERTIFICATES}.`,
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#https_support",
  types: MULTI_CLUSTER_INGRESS,
  inspect({ props }, expect) {
    expect("spec.template.spec.tls", () => {
      const secrets = listAt(props, "spec", "template", "spec", "tls").map((tls) => at(tls, "secretName"));
      if (secrets.some((name) => typeof name === "string" && name !== "")) {
        return undefined;
      }
      return at(props, "metadata", "annotations", CERTIFICATES)
        ? undefined
        : `names no Secret and ${CERTIFICATES} no certificate: the load balancer would answer in plain text; write one`;
    });
  },
});
