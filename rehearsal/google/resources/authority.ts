import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { type Ca, makeCa, makeSubordinate, signAuthority } from "../../certificates";
import { badRequest, failedPrecondition, notFound, notRehearsed } from "../errors";
import { authorityPoolType, authorityType, baseName, issuedType, requiredText } from "../names";
import { at, numberAt, objectAt, textAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { isKnownLocation } from "../services";
import { labelOutputs } from "./address";
import { created } from "./network";

// Certificate Authority Service: https://cloud.google.com/certificate-authority-service/docs/reference/rest

const SERVICE = "privateca.googleapis.com";

const poolId = (properties: Properties, google: Google, name: string) =>
  `projects/${google.projectId}/locations/${requiredText(properties, "location")}/caPools/${name}`;

function named(name: string, field: string): string {
  if (!/^[a-zA-Z0-9_-]{1,63}$/.test(name))
    throw badRequest(`Invalid ${field} "${name}": must match the regular expression [a-zA-Z0-9_-]{1,63}`);
  return name;
}

export const authorityPool: ResourceKind = {
  type: authorityPoolType,
  service: SERVICE,
  id: (properties, google) => poolId(properties, google, requiredText(properties, "name")),
  guardedAs: "CA pool",
  create(properties) {
    named(requiredText(properties, "name"), "ca_pool_id");
    const location = requiredText(properties, "location");
    if (!isKnownLocation(location)) throw notFound(`Location '${location}' was not found`);
    if (!["ENTERPRISE", "DEVOPS"].includes(requiredText(properties, "tier")))
      throw badRequest("Invalid value at 'ca_pool.tier'");
    return { ...properties, ...labelOutputs(properties) };
  },
};

/** An authority's key: Google's own, in its key management. Nobody sees it; the store keeps it. */
const keyOf = (authority: StoredResource) => authority.properties.keyPair as Ca;

const authorityId = (properties: Properties, google: Google) =>
  `${poolId(properties, google, baseName(requiredText(properties, "pool")))}/certificateAuthorities/${requiredText(properties, "certificateAuthorityId")}`;

export const certificateAuthority: ResourceKind = {
  type: authorityType,
  service: SERVICE,
  id: authorityId,
  references: (properties, google) => [
    poolId(properties, google, baseName(requiredText(properties, "pool"))),
  ],
  create(properties, google) {
    requirePool(properties, google);
    named(requiredText(properties, "certificateAuthorityId"), "certificate_authority_id");
    const commonName = requiredText(properties, "config.subjectConfig.subject.commonName");
    const issuer = textAt(properties, "subordinateConfig.certificateAuthority");
    const above = issuer === undefined ? undefined : google.find(authorityType, issuer);
    if (issuer && !above) throw notFound(`Resource '${issuer}' was not found`);
    const keyPair = above ? makeSubordinate(keyOf(above), commonName) : makeCa(commonName);
    const issuers = above ? (above.properties.pemCaCertificates as string[]) : [];
    return {
      ...properties,
      ...labelOutputs(properties),
      keyPair,
      pemCaCertificates: [keyPair.certificate, ...issuers],
      state: textAt(properties, "desiredState") ?? "ENABLED",
    };
  },
  update: (resource, wanted) => ({
    ...resource.properties,
    ...wanted,
    state: textAt(wanted, "desiredState") ?? resource.properties.state,
  }),
  read: ({ properties }) => {
    const { keyPair: _hidden, ...shown } = properties;
    return shown;
  },
};

function requirePool(properties: Properties, google: Google): StoredResource {
  const id = poolId(properties, google, baseName(requiredText(properties, "pool")));
  const pool = google.find(authorityPoolType, id);
  if (!pool) throw notFound(`Resource '${id}' was not found`);
  return pool;
}

/** Google signs and keeps a certificate for good; a deletion by the provider revokes it. */
export const issuedCertificate: ResourceKind = {
  type: issuedType,
  service: SERVICE,
  id: (properties, google) =>
    `${poolId(properties, google, baseName(requiredText(properties, "pool")))}/certificates/${requiredText(properties, "name")}`,
  remains: () => true,
  alreadyExists: (id) => `Resource '${id}' already exists`,
  create(properties, google) {
    const pool = requirePool(properties, google);
    named(requiredText(properties, "name"), "certificate_id");
    checkPolicy(pool, properties);
    const issuer = issuerIn(pool, properties, google);
    const certificate = signed(issuer, properties);
    return {
      ...properties,
      ...labelOutputs(properties),
      createTime: created,
      updateTime: created,
      issuerCertificateAuthority: issuer.id,
      pemCertificate: certificate,
      pemCertificateChains: issuer.properties.pemCaCertificates,
      revocationDetails: [],
      certificateDescriptions: [description(certificate)],
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, ...labelOutputs(wanted) }),
  remove(resource) {
    if ((resource.properties.revocationDetails as unknown[]).length > 0)
      throw failedPrecondition(`Certificate '${resource.id}' is already revoked.`);
    resource.properties.revocationDetails = [
      { revocationState: "REVOCATION_REASON_UNSPECIFIED", revocationTime: new Date().toISOString() },
    ];
  },
};

// https://cloud.google.com/certificate-authority-service/docs/tiers
function checkPolicy({ properties: pool, id }: StoredResource, properties: Properties): void {
  if (textAt(pool, "tier") === "DEVOPS")
    throw notRehearsed(`${id} is of the DevOps tier, whose certificates cannot be described or revoked.`);
  const policy = objectAt(pool, "issuancePolicy");
  if (at(policy, "allowedIssuanceModes.allowConfigBasedIssuance") === false && properties.config)
    throw badRequest("The CaPool's issuance policy does not allow config-based issuance.");
  const longest = textAt(policy, "maximumLifetime");
  if (longest && seconds(longest) < seconds(requiredText(properties, "lifetime")))
    throw badRequest(
      `Requested lifetime ${requiredText(properties, "lifetime")} exceeds the CaPool's maximum lifetime ${longest}.`,
    );
  const unknown = Object.keys(policy).filter(
    (key) => !["allowedIssuanceModes", "maximumLifetime"].includes(key),
  );
  if (unknown.length > 0)
    throw notRehearsed(`The rehearsal does not know an issuance policy's ${unknown.join(", ")}.`);
}

function issuerIn(pool: StoredResource, properties: Properties, google: Google): StoredResource {
  const wanted = textAt(properties, "certificateAuthority");
  const authorities = google
    .list(authorityType)
    .filter(({ id }) => id.startsWith(`${pool.id}/`))
    .filter(({ id }) => wanted === undefined || baseName(id) === wanted);
  if (wanted && authorities.length === 0)
    throw notFound(`Resource '${pool.id}/certificateAuthorities/${wanted}' was not found`);
  const [enabled] = authorities.filter((authority) => authority.properties.state === "ENABLED");
  if (!enabled) throw failedPrecondition(`There are no enabled CAs in the CaPool '${pool.id}'.`);
  return enabled;
}

function signed(issuer: StoredResource, properties: Properties): string {
  const x509 = objectAt(properties, "config.x509Config");
  if (at(x509, "caOptions.isCa") !== true)
    throw notRehearsed("The rehearsal signs certificates of authorities only.");
  if (at(x509, "keyUsage.baseKeyUsage.certSign") !== true)
    throw badRequest("A CA certificate must have the cert_sign key usage.");
  const subject = objectAt(properties, "config.subjectConfig.subject");
  const organization = textAt(subject, "organization");
  const wanted = Date.now() + 1000 * seconds(requiredText(properties, "lifetime"));
  const ca = keyOf(issuer);
  // What would outlive its authority ends with it.
  const end = Math.min(wanted, Date.parse(new X509Certificate(ca.certificate).validTo));
  return signAuthority(ca, {
    cn: requiredText(subject, "commonName"),
    o: organization ? [organization] : [],
    locality: textAt(subject, "locality"),
    publicKey: publicKeyOf(properties),
    notAfter: new Date(end),
    pathLength:
      at(x509, "caOptions.zeroMaxIssuerPathLength") === true
        ? 0
        : numberAt(x509, "caOptions.maxIssuerPathLength"),
  });
}

function publicKeyOf(properties: Properties): KeyObject {
  const key = Buffer.from(textAt(properties, "config.publicKey.key") ?? "", "base64").toString("latin1");
  let parsed: KeyObject;
  try {
    parsed = createPublicKey(key);
  } catch {
    throw badRequest("Invalid public key: the key must be PEM-encoded.");
  }
  if (parsed.asymmetricKeyType === "rsa" && (parsed.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw badRequest("Invalid public key: RSA keys must have at least 2048 bits.");
  return parsed;
}

function description(pem: string): Properties {
  const { validFrom, validTo, serialNumber, fingerprint256 } = new X509Certificate(pem);
  return {
    subjectDescriptions: [
      {
        hexSerialNumber: serialNumber.toLowerCase(),
        notBeforeTime: new Date(validFrom).toISOString(),
        notAfterTime: new Date(validTo).toISOString(),
      },
    ],
    certFingerprints: [{ sha256Hash: fingerprint256.replaceAll(":", "").toLowerCase() }],
  };
}

function seconds(duration: string): number {
  if (!/^[0-9]+(\.[0-9]{1,9})?s$/.test(duration))
    throw badRequest(`Invalid value at 'certificate.lifetime': "${duration}" is no duration, such as 86400s`);
  return Number.parseFloat(duration);
}
