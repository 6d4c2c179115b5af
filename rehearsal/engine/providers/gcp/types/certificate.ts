import { isObject, isUnknown, type Value } from "../../values";
import { block, flag, integer, list, map, text, texts, type Fields, type ResourceType } from "../schema";
import { oneOf, sameReference } from "../validators";
import { common, labelOutputs } from "./common";

// google/services/privateca/resource_privateca_certificate.go and privateca_utils.go of the Terraform provider. All of a
// certificate is fixed once it is signed, but for its labels.

const fixed = { forceNew: true };
const flags = (...names: string[]): Fields => Object.fromEntries(names.map((name) => [name, flag(fixed)]));
const fixedTexts = (...names: string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, text(fixed)]));
const objectIds = (options: { required?: boolean } = {}) =>
  list(block({ objectIdPaths: list(integer(), { required: true, forceNew: true }) }), {
    ...fixed,
    ...options,
  });
const names = ["dnsNames", "emailAddresses", "ipAddresses", "uris"];

const subjectConfig: Fields = {
  subject: block(
    {
      commonName: text({ required: true, forceNew: true }),
      ...fixedTexts(
        "countryCode",
        "locality",
        "organization",
        "organizationalUnit",
        "postalCode",
        "province",
        "streetAddress",
      ),
    },
    { required: true, forceNew: true },
  ),
  subjectAltName: block(Object.fromEntries(names.map((name) => [name, texts(fixed)])), {
    ...fixed,
    atLeastOneOf: names,
  }),
};

const x509Config: Fields = {
  additionalExtensions: list(
    block({
      critical: flag({ required: true, forceNew: true }),
      objectId: block(
        { objectIdPaths: list(integer(), { required: true, forceNew: true }) },
        { required: true, forceNew: true },
      ),
      value: text({ required: true, forceNew: true }),
    }),
    fixed,
  ),
  aiaOcspServers: texts(fixed),
  caOptions: block(
    { ...flags("isCa", "nonCa", "zeroMaxIssuerPathLength"), maxIssuerPathLength: integer(fixed) },
    fixed,
  ),
  keyUsage: block(
    {
      baseKeyUsage: block(
        flags(
          "certSign",
          "contentCommitment",
          "crlSign",
          "dataEncipherment",
          "decipherOnly",
          "digitalSignature",
          "encipherOnly",
          "keyAgreement",
          "keyEncipherment",
        ),
        { required: true, forceNew: true },
      ),
      extendedKeyUsage: block(
        flags("clientAuth", "codeSigning", "emailProtection", "ocspSigning", "serverAuth", "timeStamping"),
        { required: true, forceNew: true },
      ),
      unknownExtendedKeyUsages: objectIds(),
    },
    { required: true, forceNew: true },
  ),
  nameConstraints: block(
    {
      critical: flag({ required: true, forceNew: true }),
      ...Object.fromEntries(
        ["excluded", "permitted"].flatMap((what) =>
          ["DnsNames", "EmailAddresses", "IpRanges", "Uris"].map((name) => [`${what}${name}`, texts(fixed)]),
        ),
      ),
    },
    fixed,
  ),
  policyIds: objectIds(),
};

export const certificate: ResourceType = {
  token: "gcp:certificateauthority/certificate:Certificate",
  creating: "Error creating Certificate",
  autoname: { property: "name", max: 255 },
  place: "global",
  fields: {
    ...common,
    certificateAuthority: text(fixed),
    certificateTemplate: text({ forceNew: true, same: sameReference }),
    config: block(
      {
        publicKey: block(
          {
            format: text({ required: true, forceNew: true, check: oneOf("KEY_TYPE_UNSPECIFIED", "PEM") }),
            key: text(fixed),
          },
          { required: true, forceNew: true },
        ),
        subjectConfig: block(subjectConfig, { required: true, forceNew: true }),
        subjectKeyId: block({ keyId: text(fixed) }, fixed),
        x509Config: block(x509Config, { required: true, forceNew: true }),
      },
      fixed,
    ),
    labels: map(),
    lifetime: text({ default: "315360000s", forceNew: true }),
    location: text({ required: true, forceNew: true }),
    name: text({ computed: true, forceNew: true }),
    pemCsr: text(fixed),
    pool: text({ required: true, forceNew: true }),
  },
  rules: ({ config, pemCsr }) => [...exactlyOne({ config, pemCsr }), ...authorityOptions(config)],
  outputs: [
    "certificateDescriptions",
    "createTime",
    "issuerCertificateAuthority",
    "pemCertificate",
    "pemCertificateChains",
    "revocationDetails",
    "updateTime",
    ...labelOutputs,
  ],
};

function exactlyOne({ config, pemCsr }: Record<string, Value>): string[] {
  if (isUnknown(config) || isUnknown(pemCsr)) return [];
  const given = [config, pemCsr].filter((value) => value !== undefined).length;
  return given === 1
    ? []
    : ['Invalid combination of arguments: "config": one of `config,pem_csr` must be specified'];
}

/** The provider says these two only when it creates the certificate; here they come with the preview. */
function authorityOptions(config: Value): string[] {
  const x509 = isObject(config) ? config.x509Config : undefined;
  const options = isObject(x509) ? x509.caOptions : undefined;
  if (!isObject(options)) return [];
  const { isCa, nonCa, zeroMaxIssuerPathLength, maxIssuerPathLength } = options;
  return [
    ...(isCa === true && nonCa === true ? ["non_ca, is_ca can not be set to true at the same time."] : []),
    ...(zeroMaxIssuerPathLength === true && typeof maxIssuerPathLength === "number" && maxIssuerPathLength > 0
      ? [
          "zero_max_issuer_path_length can not be set to true while max_issuer_path_length being set to a positive integer.",
        ]
      : []),
  ];
}
