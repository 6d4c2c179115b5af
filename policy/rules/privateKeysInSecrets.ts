import { LOCALLY_SIGNED, SELF_SIGNED, TLS_KEY } from "../read/certificates";
import { type Expect, resourceRule } from "../rule";
import { SECRET } from "../read/secrets";
import { isObject } from "../read/values";

/** Where private keys belong: properties by type. */
const PLACES: Record<string, string[]> = {
  [SECRET]: ["data", "stringData"],
  "kubernetes:core/v1:SecretPatch": ["data", "stringData"],
  "kubernetes:core/v1:SecretList": ["items"],
  [TLS_KEY]: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
  [SELF_SIGNED]: ["privateKeyPem"],
  [LOCALLY_SIGNED]: ["caPrivateKeyPem"],
  "tls:index/certRequest:CertRequest": ["privateKeyPem"],
  "gcp:compute/sSLCertificate:SSLCertificate": ["privateKey"],
  "gcp:compute/regionSslCertificate:RegionSslCertificate": ["privateKey"],
  "gcp:certificatemanager/certificate:Certificate": ["selfManaged"],
  "gcp:secretmanager/secretVersion:SecretVersion": ["secretData"],
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": ["secretData"],
  // What a provider signs in with.
  "pulumi:providers:kubernetes": ["kubeconfig"],
  "pulumi:providers:gcp": ["credentials"],
};

export const privateKeysInSecrets = resourceRule<{ places: string[] }>({
  name: "private-keys-in-secrets",
  displayName: "Private keys are kept in secrets",
  severity: "critical",
  tags: ["trust", "secrets"],
  description:
    "No private key in PEM, plain or in base64, stands in a property that is not made for secrets: a ConfigMap, an annotation, a " +
    "container's environment, a chart's values.",
  remediationSteps:
    "Put the key into a Secret's data or stringData, or into Secret Manager, and refer to it. Make a new key: whoever could read the " +
    "resource has this one.",
  url: "https://kubernetes.io/docs/concepts/configuration/secret/",
  configSchema: {
    properties: {
      places: {
        type: "array",
        items: { type: "string" },
        default: [],
        description:
          'Further properties for private keys, such as "acme:index/certificate:Certificate privateKeyPem".',
      },
    },
  },
  types: "all",
  inspect({ type, props }, expect, { places }) {
    const allowed = PLACES[type] ?? [];
    for (const key of Object.keys(props)) {
      if (!allowed.includes(key) && !places.includes(`${type} ${key}`)) {
        search(props, key, key, expect);
      }
    }
  },
});

/** Looks at all texts below a property. */
function search(parent: object, key: string, path: string, expect: Expect): void {
  expect(path, () => {
    const value: unknown = Reflect.get(parent, key);
    if (isObject(value)) {
      for (const inner of Object.keys(value)) {
        search(value, inner, `${path}${Array.isArray(value) ? `[${inner}]` : dotted(inner)}`, expect);
      }
      return undefined;
    }
    return typeof value === "string" && holdsPrivateKey(value)
      ? "holds a private key: write it into a Secret, and make a new one"
      : undefined;
  });
}

function dotted(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
}

/** With the start of its body; what only speaks of such keys has none. In JSON a line's end is `\n`. */
const PEM = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:\s|\\+[nr])*(?:Proc-Type:|[A-Za-z0-9+/]{16})/;

/** `-----BEGIN` in base64. */
const ENCODED = /LS0tLS1CRUdJTi[A-Za-z0-9+/\s]{1,200}/g;

function holdsPrivateKey(text: string): boolean {
  return (
    PEM.test(text) ||
    (text.match(ENCODED) ?? []).some((encoded) => PEM.test(Buffer.from(encoded, "base64").toString("latin1")))
  );
}
