import { bringsProfileGateway, GATEWAY_TYPES, gatewaysOf, ISTIO_OPERATOR } from "../read/gateways";
import { resourceRule } from "../rule";
import { unless } from "../read/values";

export const ingressWithoutLoadBalancer = resourceRule({
  name: "ingress-gateway-without-load-balancer",
  displayName: "Ingress gateways have no load balancer of their own",
  severity: "high",
  tags: ["gateway", "edge"],
  description:
    "An ingress gateway behind a MultiClusterService is a ClusterIP Service: the global load balancer reaches its pods directly.",
  remediationSteps:
    "Write ClusterIP as the Service's type; in IstioOperator and the gateway chart the default is LoadBalancer.",
  url: "https://cloud.google.com/kubernetes-engine/docs/concepts/multi-cluster-ingress",
  types: GATEWAY_TYPES,
  // No remediation: people may still use the address that would go away.
  inspect(subject, expect) {
    if (subject.type === ISTIO_OPERATOR) {
      expect("spec.components.ingressGateways", () =>
        bringsProfileGateway(subject.props)
          ? "has no istio-ingressgateway: the profile's one is a LoadBalancer; describe it, or write enabled: false"
          : undefined,
      );
    }
    for (const gateway of gatewaysOf(subject)) {
      expect(gateway.fields.type, () => {
        if (!gateway.isIngress() || gateway.isEastWest()) {
          return undefined;
        }
        const type = gateway.serviceType();
        return unless(
          type !== "LoadBalancer" && type !== "NodePort",
          type,
          "an address past the global certificate, redirect and security policy; write ClusterIP",
        );
      });
    }
  },
});
