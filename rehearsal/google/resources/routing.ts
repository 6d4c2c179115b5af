import { parseRange } from "../cidr";
import { invalid, notFound } from "../errors";
import { baseName, computeUrl, globalId, networkId, regionalId, relativeName, requiredText } from "../names";
import { listAt, textAt, textsAt } from "../properties";
import type { ResourceKind } from "../resource";
import { created, requireNetwork, requireRegion } from "./network";

const routerType = "gcp:compute/router:Router";
const natType = "gcp:compute/routerNat:RouterNat";

export const router: ResourceKind = {
  type: routerType,
  service: "compute.googleapis.com",
  id: (properties, google) =>
    regionalId(google, requiredText(properties, "region"), "routers", requiredText(properties, "name")),
  references: (properties, google) => [networkId(google, requiredText(properties, "network"))],
  create(properties, google) {
    requireRegion(google, requiredText(properties, "region"));
    const network = requireNetwork(google, requiredText(properties, "network"));
    return {
      ...properties,
      creationTimestamp: created,
      network,
      selfLink: computeUrl + this.id(properties, google),
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, network: resource.properties.network }),
  remove(resource, google) {
    // A NAT is a part of its router at Google.
    for (const nat of google.list(natType))
      if (
        nat.properties.region === resource.properties.region &&
        baseName(requiredText(nat.properties, "router")) === resource.properties.name
      )
        google.forget(natType, nat.id);
  },
};

export const routerNat: ResourceKind = {
  type: natType,
  service: "compute.googleapis.com",
  id: (properties, google) =>
    [
      google.projectId,
      requiredText(properties, "region"),
      baseName(requiredText(properties, "router")),
      requiredText(properties, "name"),
    ].join("/"),
  create(properties, google) {
    const region = requiredText(properties, "region");
    const routerId = relativeName(requiredText(properties, "router"), (name) =>
      regionalId(google, region, "routers", name),
    );
    const owner = google.find(routerType, routerId);
    if (!owner) throw notFound(`The resource '${routerId}' was not found`);
    const all = "ALL_SUBNETWORKS_ALL_IP_RANGES";
    const network = owner.properties.network;
    for (const other of google.list(natType)) {
      const otherRouter = google.find(
        routerType,
        regionalId(
          google,
          requiredText(other.properties, "region"),
          "routers",
          baseName(requiredText(other.properties, "router")),
        ),
      );
      const same = otherRouter?.properties.network === network && other.properties.region === region;
      // The wording is ours: Google's is not known.
      if (same && [properties, other.properties].some((nat) => nat.sourceSubnetworkIpRangesToNat === all))
        throw invalid(
          `Invalid value for field 'resource.nats[0].sourceSubnetworkIpRangesToNat': '${all}' must be the only NAT of network '${String(network)}' in region '${region}', and '${requiredText(other.properties, "name")}' is there.`,
        );
    }
    if (!textAt(properties, "natIpAllocateOption"))
      throw invalid(
        "Invalid value for field 'resource.nats[0].natIpAllocateOption': ''. Must be AUTO_ONLY or MANUAL_ONLY.",
      );
    if (properties.natIpAllocateOption === "AUTO_ONLY" && textsAt(properties, "natIps").length > 0)
      throw invalid("Invalid value for field 'resource.nats[0].natIps': must be empty with AUTO_ONLY.");
    if (
      properties.enableDynamicPortAllocation === true &&
      properties.enableEndpointIndependentMapping === true
    )
      throw invalid("Endpoint independent mapping cannot be enabled together with dynamic port allocation.");
    return {
      autoNetworkTier: "PREMIUM",
      drainNatIps: [],
      enableDynamicPortAllocation: false,
      enableEndpointIndependentMapping: false,
      endpointTypes: ["ENDPOINT_TYPE_VM"],
      minPortsPerVm: properties.enableDynamicPortAllocation === true ? 32 : 64,
      natIps: [],
      ...properties,
      router: baseName(requiredText(properties, "router")),
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, router: resource.properties.router }),
};

const protocols = ["all", "tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip"];

function checkPorts(field: string, rules: ReturnType<typeof listAt>): void {
  for (const rule of rules) {
    const protocol = requiredText(rule, "protocol").toLowerCase();
    if (!protocols.includes(protocol) && !(/^\d{1,3}$/.test(protocol) && Number(protocol) < 256))
      throw invalid(
        `Invalid value for field 'resource.${field}[0].IPProtocol': '${protocol}'. Invalid protocol.`,
      );
    const ports = textsAt(rule, "ports");
    if (ports.length > 0 && !["tcp", "udp", "sctp", "6", "17", "132"].includes(protocol))
      throw invalid(
        `Invalid value for field 'resource.${field}[0].ports[0]': '${ports.join(",")}'. Ports may only be specified for TCP, UDP or SCTP.`,
      );
    for (const port of ports) {
      const [first = "", last = first] = port.split("-");
      const good = [first, last].every((end) => /^\d{1,5}$/.test(end) && Number(end) <= 65535);
      if (!good || Number(first) > Number(last))
        throw invalid(
          `Invalid value for field 'resource.${field}[0].ports[0]': '${port}'. Ports should be in the range [0-65535].`,
        );
    }
  }
}

export const firewall: ResourceKind = {
  type: "gcp:compute/firewall:Firewall",
  service: "compute.googleapis.com",
  id: (properties, google) => globalId(google, "firewalls", requiredText(properties, "name")),
  references: (properties, google) => [networkId(google, requiredText(properties, "network"))],
  create(properties, google) {
    const network = requireNetwork(google, requiredText(properties, "network"));
    for (const field of ["sourceRanges", "destinationRanges"])
      for (const cidr of textsAt(properties, field)) {
        const range = parseRange(cidr.includes("/") ? cidr : `${cidr}/32`);
        if (!range || range.hostBits)
          throw invalid(
            `Invalid value for field 'resource.${field}[0]': '${cidr}'. Must be a valid CIDR address range.`,
          );
      }
    checkPorts("allowed", listAt(properties, "allows"));
    checkPorts("denied", listAt(properties, "denies"));
    const egress = properties.direction === "EGRESS";
    return {
      destinationRanges: egress ? ["0.0.0.0/0"] : [],
      direction: "INGRESS",
      enableLogging: properties.logConfig !== undefined,
      ...properties,
      creationTimestamp: created,
      network,
      selfLink: computeUrl + this.id(properties, google),
    };
  },
  update(resource, wanted, google) {
    const kept = { creationTimestamp: created, direction: resource.properties.direction };
    return { ...this.create(wanted, google), ...kept };
  },
};
