import { block, flag, integer, list, map, number, text, textSet, texts, type ResourceType } from "../schema";
import { computeName, oneOf, sameReference } from "../validators";
import { isSet } from "../check";
import { isObject, isUnknown } from "../../values";
import { common, computeAutoname, description, fixedDescription, labelOutputs, name, region } from "./common";

const reference = { forceNew: true, same: sameReference };
/** An empty text means the default (EmptyOrDefaultStringSuppress). */
const orDefault = (standard: string) => (a: unknown, b: unknown) => (a || standard) === (b || standard);

export const globalAddress: ResourceType = {
  token: "gcp:compute/globalAddress:GlobalAddress",
  creating: "Error creating GlobalAddress",
  autoname: { property: "name", max: 63 },
  place: "global",
  fields: {
    ...common,
    name,
    address: text({ computed: true, forceNew: true }),
    addressType: text({
      default: "EXTERNAL",
      forceNew: true,
      check: oneOf("EXTERNAL", "INTERNAL", ""),
      same: orDefault("EXTERNAL"),
    }),
    description: fixedDescription,
    ipVersion: text({ forceNew: true, check: oneOf("IPV4", "IPV6", ""), same: orDefault("IPV4") }),
    labels: map(),
    network: text(reference),
    prefixLength: integer({ computed: true, forceNew: true }),
    purpose: text({ forceNew: true }),
  },
  outputs: ["creationTimestamp", "labelFingerprint", "selfLink", ...labelOutputs],
};

export const address: ResourceType = {
  token: "gcp:compute/address:Address",
  creating: "Error creating Address",
  autoname: { property: "name", max: 63 },
  place: "region",
  fields: {
    ...common,
    name: text({ computed: true, forceNew: true, check: computeName }),
    region,
    address: text({ computed: true, forceNew: true }),
    addressType: text({ default: "EXTERNAL", forceNew: true, check: oneOf("INTERNAL", "EXTERNAL", "") }),
    description: fixedDescription,
    ipVersion: text({ forceNew: true, check: oneOf("IPV4", "IPV6", ""), same: orDefault("IPV4") }),
    ipv6EndpointType: text({ forceNew: true, check: oneOf("VM", "NETLB", "") }),
    labels: map(),
    network: text(reference),
    networkTier: text({ computed: true, forceNew: true, check: oneOf("PREMIUM", "STANDARD", "") }),
    prefixLength: integer({ computed: true, forceNew: true }),
    purpose: text({ computed: true, forceNew: true }),
    subnetwork: text({ computed: true, ...reference }),
  },
  outputs: ["addressId", "creationTimestamp", "labelFingerprint", "selfLink", "users", ...labelOutputs],
};

export const sslPolicy: ResourceType = {
  token: "gcp:compute/sSLPolicy:SSLPolicy",
  creating: "Error creating SslPolicy",
  autoname: { property: "name", max: 63 },
  place: "global",
  fields: {
    ...common,
    name,
    customFeatures: textSet(),
    description: fixedDescription,
    minTlsVersion: text({ default: "TLS_1_0", check: oneOf("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3", "") }),
    postQuantumKeyExchange: text({ check: oneOf("DEFAULT", "ENABLED", "DEFERRED", "") }),
    profile: text({
      default: "COMPATIBLE",
      check: oneOf("COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM", "FIPS_202205", ""),
    }),
  },
  rules({ name: given, profile, customFeatures }) {
    if (isUnknown(profile) || isUnknown(customFeatures)) return [];
    const subject = `Error in SSL Policy ${typeof given === "string" ? given : ""}: the profile is set to ${typeof profile === "string" ? profile : ""}`;
    if (profile === "CUSTOM" && !isSet(customFeatures)) return [`${subject} but no custom_features are set.`];
    if (profile !== "CUSTOM" && isSet(customFeatures))
      return [`${subject} but using custom_features requires the profile to be CUSTOM.`];
    return [];
  },
  outputs: ["creationTimestamp", "enabledFeatures", "fingerprint", "selfLink"],
};

export const managedSslCertificate: ResourceType = {
  token: "gcp:compute/managedSslCertificate:ManagedSslCertificate",
  creating: "Error creating ManagedSslCertificate",
  autoname: { property: "name", max: 63 },
  place: "global",
  timeoutMinutes: 30,
  fields: {
    ...common,
    name,
    description: fixedDescription,
    managed: block(
      {
        domains: texts({
          required: true,
          forceNew: true,
          max: 100,
        }),
      },
      { forceNew: true },
    ),
    type: text({ default: "MANAGED", forceNew: true, check: oneOf("MANAGED", "") }),
  },
  outputs: ["certificateId", "creationTimestamp", "expireTime", "selfLink", "subjectAlternativeNames"],
};

const threshold = block({ count: integer({ required: true }), intervalSec: integer({ required: true }) });

const rule = block({
  action: text({ required: true }),
  description: text({ default: "" }),
  headerAction: block({
    requestHeadersToAdds: list(block({ headerName: text({ required: true }), headerValue: text() }), {
      required: true,
    }),
  }),
  match: block(
    {
      config: block({ srcIpRanges: textSet({ required: true, min: 1, max: 10 }) }),
      expr: block({ expression: text({ required: true }) }),
      versionedExpr: text({ default: "", check: oneOf("SRC_IPS_V1", "") }),
    },
    { required: true },
  ),
  preview: flag({ computed: true }),
  priority: integer({ required: true }),
  rateLimitOptions: block({
    banDurationSec: integer(),
    banThreshold: threshold,
    conformAction: text({ required: true, check: oneOf("allow") }),
    enforceOnKey: text({
      check: oneOf(
        "ALL",
        "IP",
        "HTTP_HEADER",
        "XFF_IP",
        "HTTP_COOKIE",
        "HTTP_PATH",
        "SNI",
        "REGION_CODE",
        "TLS_JA3_FINGERPRINT",
        "TLS_JA4_FINGERPRINT",
        "USER_IP",
        "",
      ),
    }),
    enforceOnKeyName: text(),
    exceedAction: text({
      required: true,
      check: oneOf("redirect", "deny(403)", "deny(404)", "deny(429)", "deny(502)"),
    }),
    rateLimitThreshold: { ...threshold, required: true },
  }),
  redirectOptions: block({
    target: text(),
    type: text({ required: true, check: oneOf("EXTERNAL_302", "GOOGLE_RECAPTCHA") }),
  }),
});

export const securityPolicy: ResourceType = {
  token: "gcp:compute/securityPolicy:SecurityPolicy",
  creating: "Error creating SecurityPolicy",
  autoname: computeAutoname,
  place: "global",
  timeoutMinutes: 60,
  fields: {
    ...common,
    name,
    adaptiveProtectionConfig: block({
      layer7DdosDefenseConfig: block({
        enable: flag({ computed: true }),
        ruleVisibility: text({ computed: true, check: oneOf("STANDARD", "PREMIUM") }),
        thresholdConfigs: list(
          block({
            name: text({ required: true }),
            autoDeployLoadThreshold: number(),
            autoDeployConfidenceThreshold: number(),
          }),
        ),
      }),
    }),
    advancedOptionsConfig: block(
      {
        jsonParsing: text({ computed: true, check: oneOf("DISABLED", "STANDARD", "STANDARD_WITH_GRAPHQL") }),
        logLevel: text({ computed: true, check: oneOf("NORMAL", "VERBOSE") }),
        userIpRequestHeaders: textSet(),
      },
      { computed: true },
    ),
    description,
    labels: map(),
    rules: list(rule, { computed: true, set: true }),
    type: text({
      computed: true,
      forceNew: true,
      check: oneOf("CLOUD_ARMOR", "CLOUD_ARMOR_EDGE", "CLOUD_ARMOR_INTERNAL_SERVICE"),
    }),
  },
  rules({ rules }) {
    const priorities = (Array.isArray(rules) ? rules : []).map((each) =>
      isObject(each) ? each.priority : undefined,
    );
    const twice = priorities.some(
      (priority, index) => typeof priority === "number" && priorities.indexOf(priority) !== index,
    );
    return twice
      ? ["Two rules have the same priority, please update one of the priorities to be different."]
      : [];
  },
  outputs: ["fingerprint", "labelFingerprint", "selfLink", ...labelOutputs],
};
