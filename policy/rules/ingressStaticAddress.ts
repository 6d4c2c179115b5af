import { isIP } from "node:net";
import { resourceRule } from "../rule";
import { at, unless } from "../read/values";

export const MULTI_CLUSTER_INGRESS = [
  "kubernetes:networking.gke.io/v1:MultiClusterIngress",
  "kubernetes:networking.gke.io/v1beta1:MultiClusterIngress",
];

const STATIC_ADDRESS = "networking.gke.io/static-ip";

export const ingressStaticAddress = resourceRule({
  name: "ingress-static-address",
  displayName: "The global ingress has a reserved address",
  severity: "medium",
  tags: ["edge"],
  description: "A MultiClusterIngress names its reserved address by the address itself, or by its full URL.",
  remediationSteps: `Annotate it with ${STATIC_ADDRESS}: the address of a GlobalAddress. The bare name of the address is not understood.`,
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#static",
  types: MULTI_CLUSTER_INGRESS,
  inspect({ props }, expect) {
    expect(`metadata.annotations["${STATIC_ADDRESS}"]`, () => {
      const value = at(props, "metadata", "annotations", STATIC_ADDRESS);
      const holds =
        typeof value === "string" &&
        (isIP(value) !== 0 || /^https:\/\/.+\/global\/addresses\/[a-z][-a-z0-9]*$/.test(value));
      return unless(holds, value, "write the address itself, such as 203.0.113.7");
    });
  },
});
