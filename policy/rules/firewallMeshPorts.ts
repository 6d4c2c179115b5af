import { tooWide } from "../read/cidr";
import { FIREWALL, letsIn } from "../read/google";
import { resourceRule } from "../rule";
import { listAt } from "../read/values";

/** East-west gateway, istiod's discovery and istiod's webhooks: ports that only the mesh's own ranges need. */
const MESH_PORTS = [15443, 15012, 15017];

interface Config {
  minPrefixLength: number;
}

export const firewallMeshPorts = resourceRule<Config>({
  name: "firewall-mesh-ports-closed",
  displayName: "Firewall rules keep the mesh's ports from the world",
  severity: "critical",
  tags: ["network"],
  description: `No firewall rule opens ${MESH_PORTS.join(", ")} to the world.`,
  remediationSteps: "Name the ranges of the mesh in sourceRanges, or leave these ports out of allows.",
  url: "https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio",
  configSchema: {
    properties: {
      minPrefixLength: {
        type: "integer",
        default: 8,
        description: "The widest source range that is not the world, as its prefix length.",
      },
    },
  },
  types: [FIREWALL],
  inspect({ props }, expect, { minPrefixLength }) {
    expect("sourceRanges", () => {
      const opened = MESH_PORTS.filter((port) => letsIn(props, port));
      if (opened.length === 0) {
        return undefined;
      }
      const ranges = listAt(props, "sourceRanges");
      const named = ["sourceTags", "sourceServiceAccounts"].some((key) => listAt(props, key).length > 0);
      if (ranges.length === 0) {
        // Google's default is 0.0.0.0/0.
        return named
          ? undefined
          : `is missing: ${opened.join(", ")} would be open to the world; list the mesh's ranges`;
      }
      const wide = tooWide(ranges, minPrefixLength);
      return wide && `has ${wide} for ${opened.join(", ")}: list the ranges of the mesh`;
    });
  },
});
