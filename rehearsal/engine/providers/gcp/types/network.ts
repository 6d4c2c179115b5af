import { parseRange } from "../../../../google/cidr";
import { isUnknown } from "../../values";
import { block, flag, integer, list, number, text, textSet, texts, type ResourceType } from "../schema";
import { between, cidr, computeName, oneOf, rfc1035, sameIgnoringCase, sameReference } from "../validators";
import { isSet, valueAt } from "../check";
import { common, computeAutoname, description, fixedDescription, name, region } from "./common";

const networkReference = { forceNew: true, same: sameReference };

export const network: ResourceType = {
  token: "gcp:compute/network:Network",
  creating: "Error creating Network",
  autoname: computeAutoname,
  place: "global",
  fields: {
    ...common,
    name,
    autoCreateSubnetworks: flag({ default: true, forceNew: true }),
    bgpAlwaysCompareMed: flag({ computed: true }),
    bgpBestPathSelectionMode: text({ computed: true, check: oneOf("LEGACY", "STANDARD", "") }),
    bgpInterRegionCost: text({ computed: true, check: oneOf("DEFAULT", "ADD_COST_TO_MED", "") }),
    deleteBgpAlwaysCompareMed: flag({ default: false }),
    deleteDefaultRoutesOnCreate: flag({ default: false }),
    description: fixedDescription,
    enableUlaInternalIpv6: flag(),
    internalIpv6Range: text({ computed: true, forceNew: true }),
    mtu: integer({ computed: true }),
    networkFirewallPolicyEnforcementOrder: text({
      default: "AFTER_CLASSIC_FIREWALL",
      check: oneOf("BEFORE_CLASSIC_FIREWALL", "AFTER_CLASSIC_FIREWALL", ""),
    }),
    routingMode: text({ computed: true, check: oneOf("REGIONAL", "GLOBAL", "") }),
  },
  outputs: ["gatewayIpv4", "networkId", "numericId", "selfLink"],
};

/** The provider can only grow a primary range in place. */
function shrinks(before: unknown, after: unknown): boolean {
  const [old, wanted] = [parseRange(String(before)), parseRange(String(after))];
  return !!old && !!wanted && !(wanted.first <= old.first && old.last <= wanted.last);
}

export const subnetwork: ResourceType = {
  token: "gcp:compute/subnetwork:Subnetwork",
  creating: "Error creating Subnetwork",
  autoname: computeAutoname,
  place: "region",
  fields: {
    ...common,
    name,
    region,
    description: fixedDescription,
    ipCidrRange: text({ computed: true, check: cidr }),
    logConfig: block(
      {
        aggregationInterval: text({
          default: "INTERVAL_5_SEC",
          check: oneOf(
            "INTERVAL_5_SEC",
            "INTERVAL_30_SEC",
            "INTERVAL_1_MIN",
            "INTERVAL_5_MIN",
            "INTERVAL_10_MIN",
            "INTERVAL_15_MIN",
          ),
        }),
        filterExpr: text({ default: "true" }),
        flowSampling: number({ default: 0.5 }),
        metadata: text({
          default: "INCLUDE_ALL_METADATA",
          check: oneOf("EXCLUDE_ALL_METADATA", "INCLUDE_ALL_METADATA", "CUSTOM_METADATA"),
        }),
        metadataFields: textSet(),
      },
      { atLeastOneOf: ["aggregationInterval", "filterExpr", "flowSampling", "metadata"] },
    ),
    network: text({ required: true, ...networkReference }),
    privateIpGoogleAccess: flag({ computed: true }),
    privateIpv6GoogleAccess: text({ computed: true }),
    purpose: text({ computed: true, forceNew: true }),
    role: text({ check: oneOf("ACTIVE", "BACKUP", "") }),
    secondaryIpRanges: list(
      block({
        ipCidrRange: text({ computed: true, check: cidr }),
        rangeName: text({ required: true, check: computeName }),
        reservedInternalRange: text(),
      }),
      { computed: true },
    ),
    sendSecondaryIpRangeIfEmpty: flag(),
    stackType: text({ computed: true, check: oneOf("IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY", "") }),
  },
  replaceWhen: { ipCidrRange: shrinks },
  outputs: [
    "creationTimestamp",
    "fingerprint",
    "gatewayAddress",
    "ipv6CidrRange",
    "ipv6GceEndpoint",
    "selfLink",
    "state",
    "subnetworkId",
  ],
};

export const router: ResourceType = {
  token: "gcp:compute/router:Router",
  creating: "Error creating Router",
  autoname: computeAutoname,
  place: "region",
  fields: {
    ...common,
    name,
    region,
    bgp: block({
      advertiseMode: text({ default: "DEFAULT", check: oneOf("DEFAULT", "CUSTOM", "") }),
      advertisedGroups: texts(),
      advertisedIpRanges: list(block({ description: text(), range: text({ required: true }) }), {
        set: true,
      }),
      asn: integer({
        required: true,
        check: (value, path) =>
          (Number(value) >= 64512 && Number(value) <= 65534) ||
          (Number(value) >= 4200000000 && Number(value) <= 4294967294) ||
          value === 16550
            ? undefined
            : `expected "${path}" to be a RFC6996-compliant Local ASN, got ${String(value)}`,
      }),
      identifierRange: text({ computed: true }),
      keepaliveInterval: integer({ default: 20 }),
    }),
    description,
    network: text({ required: true, ...networkReference }),
  },
  rules: (inputs) =>
    valueAt(inputs, "bgp.advertiseMode") !== "CUSTOM"
      ? ["advertisedGroups", "advertisedIpRanges"]
          .filter((field) => isSet(valueAt(inputs, `bgp.${field}`)))
          .map(
            (field) =>
              `Error in bgp: ${field === "advertisedGroups" ? "advertised_groups" : "advertised_ip_ranges"} cannot be specified when using advertise_mode DEFAULT`,
          )
      : [],
  outputs: ["creationTimestamp", "selfLink"],
};

export const routerNat: ResourceType = {
  token: "gcp:compute/routerNat:RouterNat",
  creating: "Error creating RouterNat",
  autoname: computeAutoname,
  place: "region",
  fields: {
    ...common,
    name: text({ computed: true, forceNew: true, check: rfc1035(2, 63) }),
    region,
    autoNetworkTier: text({ computed: true, check: oneOf("PREMIUM", "STANDARD", "") }),
    drainNatIps: textSet({ computed: true }),
    enableDynamicPortAllocation: flag({ computed: true }),
    enableEndpointIndependentMapping: flag({ computed: true }),
    endpointTypes: texts({ computed: true, forceNew: true, min: 1 }),
    icmpIdleTimeoutSec: integer({ default: 30 }),
    logConfig: block({
      enable: flag({ required: true }),
      filter: text({ required: true, check: oneOf("ERRORS_ONLY", "TRANSLATIONS_ONLY", "ALL") }),
    }),
    maxPortsPerVm: integer(),
    minPortsPerVm: integer({ computed: true }),
    natIpAllocateOption: text({ check: oneOf("MANUAL_ONLY", "AUTO_ONLY", "") }),
    natIps: textSet({ computed: true }),
    router: text({ required: true, forceNew: true, same: sameReference }),
    sourceSubnetworkIpRangesToNat: text({
      required: true,
      check: oneOf(
        "ALL_SUBNETWORKS_ALL_IP_RANGES",
        "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES",
        "LIST_OF_SUBNETWORKS",
      ),
    }),
    subnetworks: list(
      block({
        name: text({ required: true, same: sameReference }),
        secondaryIpRangeNames: textSet(),
        sourceIpRangesToNats: textSet({ required: true, min: 1 }),
      }),
      { set: true },
    ),
    tcpEstablishedIdleTimeoutSec: integer({ default: 1200 }),
    tcpTimeWaitTimeoutSec: integer({ default: 120 }),
    tcpTransitoryIdleTimeoutSec: integer({ default: 30 }),
    type: text({ default: "PUBLIC", forceNew: true, check: oneOf("PUBLIC", "PRIVATE", "") }),
    udpIdleTimeoutSec: integer({ default: 30 }),
  },
  outputs: [],
};

const protocols = list(
  block({ ports: texts(), protocol: text({ required: true, same: sameIgnoringCase }) }),
  { set: true },
);

export const firewall: ResourceType = {
  token: "gcp:compute/firewall:Firewall",
  creating: "Error creating Firewall",
  autoname: { property: "name", max: 63 },
  place: "global",
  fields: {
    ...common,
    name,
    allows: protocols,
    denies: protocols,
    description,
    destinationRanges: textSet({ computed: true }),
    direction: text({ computed: true, forceNew: true, check: oneOf("INGRESS", "EGRESS", "") }),
    disabled: flag(),
    enableLogging: flag({ computed: true }),
    logConfig: block({
      metadata: text({ required: true, check: oneOf("EXCLUDE_ALL_METADATA", "INCLUDE_ALL_METADATA") }),
    }),
    network: text({ required: true, same: sameReference }),
    priority: integer({ default: 1000, check: between(0, 65535) }),
    sourceRanges: textSet(),
    sourceServiceAccounts: textSet({ max: 10, conflictsWith: ["sourceTags", "targetTags"] }),
    sourceTags: textSet({ conflictsWith: ["sourceServiceAccounts", "targetServiceAccounts"] }),
    targetServiceAccounts: textSet({ max: 10, conflictsWith: ["sourceTags", "targetTags"] }),
    targetTags: textSet({ conflictsWith: ["sourceServiceAccounts", "targetServiceAccounts"] }),
  },
  rules(inputs) {
    const problems: string[] = [];
    const given = ["allows", "denies"].filter((field) => isUnknown(inputs[field]) || isSet(inputs[field]));
    if (given.length !== 1)
      problems.push('Invalid combination of arguments. "allow": one of `allow,deny` must be specified');
    const sources = ["sourceTags", "sourceRanges", "sourceServiceAccounts"];
    if (
      inputs.direction !== "EGRESS" &&
      !isUnknown(inputs.direction) &&
      sources.every((field) => inputs[field] === undefined)
    )
      problems.push("one of source_tags, source_ranges, or source_service_accounts must be defined");
    if (inputs.logConfig !== undefined && inputs.enableLogging === false)
      problems.push("log_config cannot be defined when enable_logging is false");
    return problems;
  },
  outputs: ["creationTimestamp", "selfLink"],
};
