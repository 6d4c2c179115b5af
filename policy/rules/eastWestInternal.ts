import { tooWide } from "../cidr";
import { GATEWAY_TYPES, gatewaysOf } from "../gateways";
import { resourceRule } from "../rule";
import { show } from "../values";

// https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
const TYPE_KEYS = ["networking.gke.io/load-balancer-type", "cloud.google.com/load-balancer-type"];
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
    `Annotate the Service with ${TYPE_KEYS[0]}: "Internal" and ${GLOBAL_ACCESS}: "true", and list the mesh's ranges in ` +
    "loadBalancerSourceRanges.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing",
  configSchema: {
    properties: {
      allowExternal: {
        type: "boolean",
        default: false,
        description: "Accept external load balancers; their source ranges are still judged.",
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
        expect(fields.annotations, () => {
          const annotations = gateway.annotations();
          const value = TYPE_KEYS.map((key) => annotations[key]).find((found) => found !== undefined);
          internal = typeof value === "string" && value.toLowerCase() === "internal";
          return internal || allowExternal
            ? undefined
            : `have ${TYPE_KEYS[0]} ${show(value)}: a public address; write "Internal"`;
        });
        expect(fields.annotations, () => {
          const value = gateway.annotations()[GLOBAL_ACCESS];
          return value === "true" || (allowExternal && !internal)
            ? undefined
            : `have ${GLOBAL_ACCESS} ${show(value)}: other regions cannot reach it; write "true"`;
        });
        expect(fields.sourceRanges, () => {
          const ranges = gateway.sourceRanges();
          if (ranges.length === 0) {
            return "is missing: GKE's firewall rule admits the world; list the ranges of the mesh";
          }
          const wide = tooWide(ranges, minPrefixLength);
          return wide && `has ${wide}, wider than /${minPrefixLength}: list the ranges of the mesh`;
        });
      });
    }
  },
});
