import type { Resource } from "../harness";
import type { Protected, Props } from "./index";
import { said, type Try } from "./candidates";
import {
  type Authority,
  cacertsOf,
  everyCertificate,
  isChained,
  isStrong,
  lasts,
  newKey,
  newRoot,
  newRsaKey,
} from "./certificates";
import { filled } from "./demands";
import { read } from "./paths";

const SECRET = { types: ["kubernetes:core/v1:Secret"] };
const isNamed = (form: RegExp) => ({
  where: ({ props }: Resource) => form.test(String(read(props, ["metadata", "name"]))),
});
const CACERTS = { ...SECRET, ...isNamed(/^cacerts$/) };
const REMOTE = { ...SECRET, ...isNamed(/^istio-remote-secret-/) };

/** The root of the program, whose key only the resource has that makes its certificate. */
function rootOf(all: Resource[]): Authority {
  const maker = all.find(
    ({ type, props }) => type.endsWith(":SelfSignedCert") && props.isCaCertificate === true,
  );
  const secret = all.find((resource) => resource.props.metadata && CACERTS.where(resource));
  return {
    key: String(maker?.props.privateKeyPem),
    certificate: String(read(secret?.props, ["stringData", "root-cert.pem"])),
  };
}

type Broken = (root: Authority, values: Props) => Record<string, Props>;

/** Values of the whole Secret that fit together but for one thing. */
function cacerts(
  rule: string,
  must: Protected["must"],
  broken: Broken,
  more: Partial<Protected> = {},
): Protected {
  return {
    ...CACERTS,
    rule,
    path: "stringData",
    must,
    oneOf: [],
    tries: (value, _, all) =>
      Object.entries(broken(rootOf(all), value as Props)).map(([how, tried]): Try => ({ how, value: tried })),
    ...more,
  };
}

const FAKE = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";

const completeFields = ["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"].map(
  (key): Protected => ({
    ...CACERTS,
    rule: "cacerts-complete",
    path: `stringData["${key}"]`,
    must: () => false,
    oneOf: [undefined, "", "garbage", FAKE],
  }),
);

const authorityFields: Protected[] = [
  cacerts(
    "cacerts-complete",
    () => false,
    () => ({ "is empty": {} }),
  ),
  cacerts("cacerts-chained", isChained, (root, values) => {
    const [other, stranger] = [newRoot(), cacertsOf(root)];
    const foreign = cacertsOf(other, { key: String(values["ca-key.pem"]) });
    return {
      "has another root": { ...values, "root-cert.pem": other.certificate },
      "has a certificate of another root": { ...foreign, "root-cert.pem": root.certificate },
      "has the key of another certificate": { ...values, "ca-key.pem": newKey() },
      "has the chain of another certificate": { ...values, "cert-chain.pem": stranger["cert-chain.pem"] },
      "has the root alone as its chain": { ...values, "cert-chain.pem": root.certificate },
      "has an intermediate of the same root": stranger,
    };
  }),
  cacerts(
    "ca-certificates-may-sign",
    everyCertificate(({ ca }) => ca),
    (root) => ({
      "has a certificate that may not sign": cacertsOf(root, { isCa: false }),
    }),
  ),
  cacerts("ca-certificates-lasting", everyCertificate(lasts), (root) => ({
    "has an expired certificate": cacertsOf(root, { days: 0 }),
    "has a certificate for a day": cacertsOf(root, { days: 1 }),
    "has a root for a week": cacertsOf(newRoot({ days: 7 })),
    "has a certificate for a year": cacertsOf(root, { days: 365 }),
  })),
  cacerts("keys-strong", everyCertificate(isStrong), (root) => ({
    "has an RSA key of 1024 bits": cacertsOf(root, { key: newRsaKey(1024) }),
    "has a key on P-224": cacertsOf(root, { key: newKey("P-224") }),
    "has a key on P-384": cacertsOf(root, { key: newKey("P-384") }),
    "has a root with a key on P-521": cacertsOf(newRoot({ key: newKey("P-521") })),
  })),
  cacerts(
    "cacerts-one-root",
    () => false,
    () => ({ "is of another root": cacertsOf(newRoot()) }),
    {
      across: true,
    },
  ),
];

const SIGNED = ["tls:index/selfSignedCert:SelfSignedCert", "tls:index/locallySignedCert:LocallySignedCert"];
const isCa = ({ props }: Resource) => props.isCaCertificate === true;
const signs = (value: unknown) => Array.isArray(value) && value.includes("cert_signing");
const agrees = (_: unknown, { isCaCertificate, allowedUses }: Props) =>
  (isCaCertificate === true) === signs(allowedUses);

const issueFields: Protected[] = [
  {
    types: SIGNED,
    rule: "ca-certificates-may-sign",
    path: "isCaCertificate",
    must: agrees,
    oneOf: [undefined, true, false],
  },
  {
    types: SIGNED,
    rule: "ca-certificates-may-sign",
    path: "allowedUses",
    must: agrees,
    oneOf: [[], ["server_auth"], ["server_auth", "cert_signing"]],
  },
  {
    types: SIGNED,
    rule: "ca-certificates-lasting",
    where: isCa,
    path: "validityPeriodHours",
    must: (value) => typeof value === "number" && value >= 30 * 24,
    tries: [30 * 24 - 1],
  },
];

const KEY = { types: ["tls:index/privateKey:PrivateKey"], rule: "keys-strong" };
const isStrongKey = (_: unknown, { algorithm, rsaBits = 2048, ecdsaCurve }: Props) =>
  algorithm === "RSA"
    ? Number(rsaBits) >= 2048
    : algorithm === "ECDSA" && /^P256$|^P384$/.test(String(ecdsaCurve));

const keyFields: Protected[] = [
  { ...KEY, path: "algorithm", must: isStrongKey, oneOf: [undefined, "RSA", "ECDSA", "ED25519"] },
  {
    ...KEY,
    path: "rsaBits",
    where: ({ props }) => props.algorithm === "RSA",
    must: isStrongKey,
    tries: [1024],
  },
  {
    ...KEY,
    path: "ecdsaCurve",
    where: ({ props }) => props.algorithm === "ECDSA",
    must: isStrongKey,
    oneOf: [undefined, "P224", "P256", "P384"],
  },
];

interface Kubeconfig {
  clusters: { cluster: Props }[];
  users: { user: Props }[];
}

/** Istio's own kubeconfigs are JSON. */
function kubeconfigs(value: unknown): Try[] {
  const change = (how: string, work: (cluster: Props, user: Props) => void): Try => {
    const kubeconfig = JSON.parse(String(value)) as Kubeconfig;
    work(kubeconfig.clusters[0]?.cluster ?? {}, kubeconfig.users[0]?.user ?? {});
    return { how, value: JSON.stringify(kubeconfig) };
  };
  const has = (key: string, inner: unknown) =>
    change(`has a user with ${key}`, (_, user) => Object.assign(user, { [key]: inner }));
  return [
    change("has no token", (_, user) => delete user.token),
    change("has an empty token", (_, user) => (user.token = "")),
    has("exec", { apiVersion: "client.authentication.k8s.io/v1", command: "gke-gcloud-auth-plugin" }),
    has("auth-provider", { name: "gcp" }),
    has("client-certificate-data", "Z2FyYmFnZQ=="),
    has("client-certificate", "/tmp/client.crt"),
    has("client-key-data", "Z2FyYmFnZQ=="),
    has("username", "admin"),
    has("password", "garbage"),
    has("tokenFile", "/tmp/token"),
    change("does not verify", (cluster) => (cluster["insecure-skip-tls-verify"] = true)),
    change("names another server", (cluster) => (cluster.server = "https://10.0.0.1")),
  ];
}

/** One token, and a server that is verified. */
function isKubeconfig(value: unknown): boolean {
  try {
    const { clusters, users } = JSON.parse(String(value)) as Kubeconfig;
    const [{ user } = { user: {} }] = users;
    const [{ cluster } = { cluster: {} }] = clusters;
    const { server, ...verified } = cluster;
    const known = Object.keys(verified).join() === "certificate-authority-data";
    return Object.keys(user).join() === "token" && Boolean(user.token) && Boolean(server) && known;
  } catch {
    return false;
  }
}

const remote = (path: string, must: Protected["must"], more: Partial<Protected> = {}): Protected => ({
  ...REMOTE,
  rule: "remote-secret-well-formed",
  path,
  must,
  ...more,
});

const remoteFields: Protected[] = [
  remote("metadata.labels", filled),
  remote(`metadata.labels["istio/multiCluster"]`, (value) => value === "true"),
  remote("metadata.annotations", filled),
  remote(`metadata.annotations["networking.istio.io/cluster"]`, () => false),
  remote("stringData", (value) => filled(value) && Object.keys(value as Props).length === 1, {
    tries: (value) => [{ how: "has another key too", value: { ...(value as Props), another: "garbage" } }],
  }),
  remote("stringData[*]", isKubeconfig, { tries: kubeconfigs }),
];

const secretKey = newKey();
const privateKeys = (value: unknown): Try[] => [
  { how: "holds a private key", value: `${typeof value === "string" ? value : ""}\n${secretKey}` },
  { how: "holds a private key in base64", value: Buffer.from(secretKey).toString("base64") },
  said("-----BEGIN PRIVATE KEY----- starts a private key"),
];
const placeOf = (types: string[], path: string, more: Partial<Protected> = {}): Protected => ({
  rule: "private-keys-in-secrets",
  types,
  path,
  must: (value) => String(value).endsWith("starts a private key"),
  oneOf: [],
  tries: privateKeys,
  ...more,
});

const placeFields: Protected[] = [
  placeOf(["kubernetes:core/v1:ConfigMap"], "data[*]"),
  placeOf(["kubernetes:apps/v1:Deployment"], "spec.template.spec.containers[*].env[*].value"),
  placeOf(["gcp:compute/firewall:Firewall"], "description"),
  placeOf(
    [...SECRET.types, "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service"],
    `metadata.annotations["example.com/note"]`,
  ),
];

export const trustFields: Protected[] = [
  ...completeFields,
  ...authorityFields,
  ...issueFields,
  ...keyFields,
  ...remoteFields,
  ...placeFields,
];
