import { RELEASE } from "../read/charts";
import {
  GATEWAY_TYPES,
  gatewaysOf,
  INTERNAL_CLASS,
  isInternal,
  ISTIO_OPERATOR,
  LOAD_BALANCER_TYPE_KEYS,
  loadBalancerType,
  SERVICE,
  sourceRangesProblem,
} from "../read/gateways";
import { resourceRule } from "../rule";
import { show } from "../read/values";

/** A Chart makes objects that are mended one by one: what its values say was used before. */
const MENDED = [SERVICE, ISTIO_OPERATOR, RELEASE];

const GLOBAL_ACCESS = "networking.gke.io/internal-load-balancer-allow-global-access";

interface Config {
  allowExternal: boolean;
  minPrefixLength: number;
}

export const eastWestInternal = resourceRule<Config>({
  name: "east-west-gateway-internal",
  displayName: "East-west gateways are internal",
  severity: "critical",
  tags: ["gateway", "network"],
  description:
    "An east-west gateway's load balancer is internal, open to the other regions, and admits named ranges only.",
  remediationSteps:
    `Annotate the Service with ${LOAD_BALANCER_TYPE_KEYS[0]}: "Internal" and ${GLOBAL_ACCESS}: "true", and list the mesh's ` +
    "ranges in loadBalancerSourceRanges.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing",
  configSchema: {
    properties: {
      allowExternal: {
        type: "boolean",
        default: false,
        description:
          "Permit external load balancers at all. Each still needs source ranges, and what east-west-gateway-restricted wants.",
      },
      minPrefixLength: {
        type: "integer",
        default: 8,
        description: "The widest source range, as its prefix length.",
      },
    },
  },
  types: GATEWAY_TYPES,
  inspect(subject, expect, { allowExternal, minPrefixLength }) {
    for (const gateway of gatewaysOf(subject)) {
      expect("", () => {
        if (!gateway.isEastWest() || gateway.serviceType() !== "LoadBalancer") {
          return;
        }
        const { fields } = gateway;
        let internal = false;
        expect("", () => {
          internal = isInternal(gateway);
          if (internal || allowExternal) {
            return undefined;
          }
          const balancerClass = gateway.loadBalancerClass();
          return balancerClass === undefined
            ? `${fields.annotations} have ${LOAD_BALANCER_TYPE_KEYS[0]} ${show(loadBalancerType(gateway))}: ` +
                'a public address; write "Internal"'
            : `${fields.loadBalancerClass} is ${show(balancerClass)}: a public address; write "${INTERNAL_CLASS}"`;
        });
        expect(fields.annotations, () => {
          const value = gateway.annotations()[GLOBAL_ACCESS];
          return value === "true" || (allowExternal && !internal)
            ? undefined
            : `have ${GLOBAL_ACCESS} ${show(value)}: other regions cannot reach it; write "true"`;
        });
        expect(fields.sourceRanges, () => sourceRangesProblem(gateway, minPrefixLength));
      });
    }
  },
  // Global access alone: the address stays, and without it other regions reach nothing. An external gateway is left to people:
  // an internal one is another load balancer with another address, and whoever uses the old one would lose it.
  mend(subject) {
    const gateways = MENDED.includes(subject.type) ? gatewaysOf(subject) : [];
    return gateways
      .filter(
        (gateway) => gateway.isEastWest() && gateway.serviceType() === "LoadBalancer" && isInternal(gateway),
      )
      .map((gateway) => gateway.annotate(GLOBAL_ACCESS, "true"))
      .includes(true);
  },
});
