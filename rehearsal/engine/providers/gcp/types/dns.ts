import { block, flag, integer, list, map, text, texts, type ResourceType } from "../schema";
import { oneOf, sameIgnoringCase, sameReference, type Check } from "../validators";
import { isSet } from "../check";
import { isUnknown } from "../../values";
import { common, labelOutputs } from "./common";

export const managedZone: ResourceType = {
  token: "gcp:dns/managedZone:ManagedZone",
  creating: "Error creating ManagedZone",
  autoname: { property: "name", max: 63 },
  place: "global",
  fields: {
    ...common,
    cloudLoggingConfig: block({ enableLogging: flag({ required: true }) }, { computed: true }),
    description: text({
      default: "Managed by Pulumi",
      check: (value, path) => (value === "" ? `expected "${path}" to not be an empty string` : undefined),
    }),
    dnsName: text({ required: true, forceNew: true }),
    dnssecConfig: block(
      {
        kind: text({ default: "dns#managedZoneDnsSecConfig" }),
        nonExistence: text({ computed: true, check: oneOf("nsec", "nsec3", "") }),
        state: text({ check: oneOf("off", "on", "transfer", "") }),
      },
      { computed: true },
    ),
    forceDestroy: flag({ default: false }),
    labels: map(),
    name: text({ computed: true, forceNew: true }),
    privateVisibilityConfig: block({
      gkeClusters: list(block({ gkeClusterName: text({ required: true }) })),
      networks: list(block({ networkUrl: text({ required: true, same: sameReference }) }), { set: true }),
    }),
    visibility: text({
      default: "public",
      forceNew: true,
      check: oneOf("private", "public", ""),
      same: sameIgnoringCase,
    }),
  },
  outputs: ["creationTime", "managedZoneId", "nameServers", ...labelOutputs],
};

const trailingDot: Check = (value, name) => {
  if (value === "") return "the empty string is not a valid name field value";
  return String(value).endsWith(".")
    ? undefined
    : `"${name}" ("${String(value)}") doesn't end with ".", name field must end with trailing dot, for example test.example.com. (note the trailing dot)`;
};

export const recordSet: ResourceType = {
  token: "gcp:dns/recordSet:RecordSet",
  creating: "Error creating DNS RecordSet",
  place: "global",
  fields: {
    ...common,
    managedZone: text({ required: true, forceNew: true, same: sameReference }),
    name: text({ required: true, forceNew: true, check: trailingDot }),
    rrdatas: texts({ set: true }),
    ttl: integer(),
    type: text({ required: true }),
  },
  rules: ({ rrdatas }) =>
    isUnknown(rrdatas) || isSet(rrdatas)
      ? []
      : [
          "Invalid combination of arguments. one of `routing_policy,rrdatas` must be specified (the rehearsal has rrdatas only)",
        ],
  outputs: [],
};
