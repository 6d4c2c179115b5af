import { LOCALLY_SIGNED, SELF_SIGNED, TLS_KEY } from "../read/certificates";
import { holdsPrivateKey } from "../read/privateKeyText";
import { type Expect, isUnknownValue, resourceRule } from "../rule";
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

/** Fields of Google's resources that name another resource: Google refuses everything else there, such as a key. */
const REFERENCES = [
  "cluster",
  "configMembership",
  "issuer",
  "member",
  "name",
  "network",
  "resourceLink",
  "serviceAccount",
  "subnetwork",
];

/** Fields that the tls provider parses as what they are called. */
const PARSED = ["caCertPem", "certRequestPem"];

export const privateKeysInSecrets = resourceRule<{ places: string[] }>({
  name: "private-keys-in-secrets",
  displayName: "Private keys are kept in secrets",
  severity: "critical",
  tags: ["trust", "secrets"],
  description:
    "No private key in PEM, plain or up to two times in base64, stands in a property that is not made for secrets: a ConfigMap, an " +
    "annotation, a container's environment, a chart's values. In a preview an unknown value leaves it undecided, but for those of " +
    "Google's resources that name another one (network, member, serviceAccount and the like), and certificates that the tls " +
    "provider signs: no text of anybody's stands there.",
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
    const closed = closedFields(type);
    for (const key of Object.keys(props)) {
      if (!allowed.includes(key) && !places.includes(`${type} ${key}`)) {
        search(props, key, { path: key, expect, closed });
      }
    }
  },
});

/** Names of the fields in which no free text can stand, so that an unknown value there is nothing to wait for. */
function closedFields(type: string): string[] {
  if (type === LOCALLY_SIGNED) {
    return PARSED;
  }
  return type.startsWith("gcp:") ? REFERENCES : [];
}

interface Search {
  path: string;
  expect: Expect;
  closed: string[];
}

/** Looks at all texts below a property. */
function search(parent: object, key: string, { path, expect, closed }: Search): void {
  expect(path, () => {
    const value = closed.includes(key) ? known(parent, key) : (Reflect.get(parent, key) as unknown);
    if (isObject(value)) {
      for (const inner of Object.keys(value)) {
        const place = `${path}${Array.isArray(value) ? `[${inner}]` : dotted(inner)}`;
        search(value, inner, { path: place, expect, closed });
      }
      return undefined;
    }
    return typeof value === "string" && holdsPrivateKey(value)
      ? "holds a private key: write it into a Secret, and make a new one"
      : undefined;
  });
}

/** A value, or undefined while it is unknown. */
function known(parent: object, key: string): unknown {
  try {
    return Reflect.get(parent, key);
  } catch (error) {
    if (isUnknownValue(error)) {
      return undefined;
    }
    throw error;
  }
}

function dotted(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
}
