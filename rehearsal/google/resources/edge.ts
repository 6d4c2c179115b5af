import { invalid } from "../errors";
import { computeUrl, digest, globalId, requiredText } from "../names";
import { at, listAt, numberAt, textAt, textsAt, type Properties } from "../properties";
import type { ResourceKind } from "../resource";
import { labelOutputs } from "./address";
import { created } from "./network";

/** Cipher suites per profile (https://cloud.google.com/load-balancing/docs/ssl-policies-concepts#defining_an_ssl_policy). */
const restricted = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
const modern = [
  ...restricted,
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];
const compatible = [
  ...modern,
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
];
const features: Record<string, string[]> = {
  COMPATIBLE: compatible,
  MODERN: modern,
  RESTRICTED: restricted,
  FIPS_202205: restricted.filter((suite) => !suite.includes("CHACHA20")),
};

function enabledFeatures(properties: Properties): string[] {
  const custom = textsAt(properties, "customFeatures");
  const unknown = custom.find((suite) => !compatible.includes(suite));
  if (unknown)
    throw invalid(`Invalid value for field 'resource.customFeatures[0]': '${unknown}'. Unknown feature.`);
  if (properties.minTlsVersion === "TLS_1_3" && properties.profile !== "RESTRICTED")
    throw invalid(
      "Invalid value for field 'resource.minTlsVersion': 'TLS_1_3'. It needs the profile RESTRICTED.",
    );
  return (features[textAt(properties, "profile") ?? "COMPATIBLE"] ?? custom).toSorted();
}

export const sslPolicy: ResourceKind = {
  type: "gcp:compute/sSLPolicy:SSLPolicy",
  service: "compute.googleapis.com",
  guardedAs: "ssl_policy",
  id: (properties, google) => globalId(google, "sslPolicies", requiredText(properties, "name")),
  create(properties, google) {
    const id = this.id(properties, google);
    return {
      ...properties,
      creationTimestamp: created,
      enabledFeatures: enabledFeatures(properties),
      fingerprint: digest(id, 12),
      selfLink: computeUrl + id,
    };
  },
  update: (resource, wanted) => ({
    ...resource.properties,
    ...wanted,
    enabledFeatures: enabledFeatures(wanted),
  }),
};

const domain = /^(?=.{1,63}\.?$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,}\.?$/;

export const managedSslCertificate: ResourceKind = {
  type: "gcp:compute/managedSslCertificate:ManagedSslCertificate",
  service: "compute.googleapis.com",
  guardedAs: "ssl_certificate",
  id: (properties, google) => globalId(google, "sslCertificates", requiredText(properties, "name")),
  create(properties, google) {
    const domains = textsAt(properties, "managed.domains");
    if (domains.length === 0)
      throw invalid("Invalid value for field 'resource.managed.domains': ''. Domains must be given.");
    for (const name of domains)
      if (!domain.test(name))
        throw invalid(
          `Invalid value for field 'resource.managed.domains[0]': '${name}'. Must be a lower-case domain of at most 63 characters, without a wildcard.`,
        );
    return {
      ...properties,
      certificateId: Number(google.nextNumber()),
      creationTimestamp: created,
      expireTime: "",
      selfLink: computeUrl + this.id(properties, google),
      // Filled once a domain's DNS points at the load balancer; nobody's does in a rehearsal.
      subjectAlternativeNames: [],
    };
  },
};

const defaultPriority = 2147483647;

const defaultRule = {
  action: "allow",
  description: "default rule",
  match: { configs: [], versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } },
  preview: false,
  priority: defaultPriority,
};

const actions = /^(allow|deny\((403|404|502)\)|rate_based_ban|redirect|throttle|fairshare)$/;

function checkRules(properties: Properties): Properties[] {
  const rules = listAt(properties, "rules");
  for (const rule of rules) {
    const action = requiredText(rule, "action");
    if (!actions.test(action))
      throw invalid(`Invalid value for field 'resource.rules[0].action': '${action}'. Invalid action.`);
    if (["throttle", "rate_based_ban"].includes(action) !== (at(rule, "rateLimitOptions") !== undefined))
      throw invalid(
        "Rate limit options must be given for the actions throttle and rate_based_ban, and for no other.",
      );
    const byExpression = textAt(rule, "match.expr.expression") !== undefined;
    const byAddress = textsAt(rule, "match.config.srcIpRanges").length > 0;
    if (byExpression === byAddress)
      throw invalid(
        "Invalid value for field 'resource.rules[0].match': give either config with versionedExpr SRC_IPS_V1, or expr.",
      );
    if (byAddress && textAt(rule, "match.versionedExpr") !== "SRC_IPS_V1")
      throw invalid(
        "Invalid value for field 'resource.rules[0].match.versionedExpr': must be SRC_IPS_V1 with config.",
      );
    if ((numberAt(rule, "priority") ?? -1) < 0)
      throw invalid(
        "Invalid value for field 'resource.rules[0].priority': must be between 0 and 2147483647.",
      );
  }
  const hasDefault = rules.some((rule) => rule.priority === defaultPriority);
  return hasDefault ? rules : [...rules, defaultRule];
}

export const securityPolicy: ResourceKind = {
  type: "gcp:compute/securityPolicy:SecurityPolicy",
  service: "compute.googleapis.com",
  guardedAs: "security_policy",
  id: (properties, google) => globalId(google, "securityPolicies", requiredText(properties, "name")),
  create(properties, google) {
    const id = this.id(properties, google);
    return {
      type: "CLOUD_ARMOR",
      ...properties,
      ...labelOutputs(properties),
      rules: checkRules(properties),
      fingerprint: digest(id, 12),
      labelFingerprint: digest(id, 11),
      selfLink: computeUrl + id,
    };
  },
  update: (resource, wanted) => ({
    ...resource.properties,
    ...wanted,
    ...labelOutputs(wanted),
    rules: wanted.rules === undefined ? resource.properties.rules : checkRules(wanted),
  }),
};
