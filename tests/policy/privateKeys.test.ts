import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { authority } from "./authorities";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";

const { key, certificate } = authority("us-east1");
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const serviceAccount = JSON.stringify({ type: "service_account", private_key: RSA });
const kubeconfig = (data: string) =>
  `apiVersion: v1\nkind: Config\nusers:\n  - name: east\n    user:\n      client-key-data: ${data}\n`;
const inLines = (text: string) => text.replace(/.{76}/g, "$&\n");
const FOUND = /holds a private key: write it into a Secret, and make a new one$/;

const configMap: Resource = {
  type: "kubernetes:core/v1:ConfigMap",
  props: {
    metadata: { name: "shop", annotations: { "example.com/note": "none" } },
    data: { "tls.crt": certificate, "tls.key": "in the Secret shop" },
    binaryData: { "tls.crt": base64(certificate) },
  },
};

const holding = (type: string, props: Resource["props"]): Resource => ({ type, props });

describe("private-keys-in-secrets", () => {
  const rule = "private-keys-in-secrets";
  testRule({
    rule,
    compliant: configMap,
    broken: [
      [`data["tls.key"]`, key, /^data\["tls\.key"\] holds a private key: write it into a Secret/],
      [`data["tls.key"]`, `Bag Attributes\n${String(RSA)}`, FOUND],
      [`data["tls.key"]`, JSON.stringify({ private_key: RSA }), FOUND],
      [`data["tls.key"]`, `users:\n  - user:\n      client-key-data: ${base64(key)}\n`, FOUND],
      [`data["tls.key"]`, inLines(base64(RSA)), FOUND],
      [`data["tls.key"]`, key.replaceAll("\n", " "), FOUND],
      [`data["tls.key"]`, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", FOUND],
      [`binaryData["tls.key"]`, base64(key), FOUND],
      [`binaryData["tls.key"]`, base64(serviceAccount), FOUND],
      [`binaryData["tls.key"]`, base64(certificate + key), FOUND],
      [`binaryData["tls.key"]`, base64(kubeconfig(base64(key))), FOUND],
      [`data["tls.key"]`, inLines(base64(serviceAccount)), FOUND],
      [`data["tls.key"]`, JSON.stringify({ key: inLines(base64(serviceAccount)) }), FOUND],
      [`data["tls.key"]`, `credentials: ${base64(serviceAccount)} # of the build`, FOUND],
      [`data["tls.key"]`, base64(base64(serviceAccount)), FOUND],
      [`data["tls.key"]`, base64(base64(key)), FOUND],
      [
        `metadata.annotations["example.com/note"]`,
        key,
        /^metadata\.annotations\["example\.com\/note"\] holds/,
      ],
    ],
    accepted: [
      [`data["tls.key"]`, "a PEM starts with -----BEGIN RSA PRIVATE KEY----- and ends alike"],
      [`data["tls.key"]`, "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"],
      [`binaryData["tls.key"]`, base64(certificate)],
      [`binaryData["tls.key"]`, base64(base64(kubeconfig("in the Secret shop")))],
      [`data["tls.key"]`, "-----BEGIN PUBLIC KEY-----\nMFkwEwYH\n-----END PUBLIC KEY-----"],
    ],
    others: {
      "a Secret": holding("kubernetes:core/v1:Secret", { data: { k: base64(key) }, stringData: { k: key } }),
      "a key of the tls provider": holding("tls:index/certRequest:CertRequest", { privateKeyPem: key }),
      "a certificate of a load balancer": holding("gcp:compute/sSLCertificate:SSLCertificate", {
        privateKey: key,
      }),
      "a certificate of Certificate Manager": holding("gcp:certificatemanager/certificate:Certificate", {
        selfManaged: { pemPrivateKey: key },
      }),
      "a version in Secret Manager": holding("gcp:secretmanager/secretVersion:SecretVersion", {
        secretData: key,
      }),
      "what a provider signs in with": holding("pulumi:providers:kubernetes", { kubeconfig: key }),
      "a resource with nothing in it": holding("mesh:trust:MeshCertificateAuthority", {}),
    },
  });

  it("looks at the rest of a Secret too, and into lists", () => {
    const secret = holding("kubernetes:core/v1:Secret", {
      metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": base64(key) } },
    });
    assert.match(messages(rule, secret).join(), FOUND);
    const pod = holding("kubernetes:core/v1:Pod", {
      spec: { containers: [{ env: [{ name: "KEY", value: key }] }] },
    });
    assert.match(messages(rule, pod).join(), /^spec\.containers\[0\]\.env\[0\]\.value holds/);
  });

  it("never tells the key", () => {
    const line = key.split("\n")[1] ?? "";
    const props = changed(configMap.props, `data["tls.key"]`, key);
    assert.ok(
      !messages(rule, { ...configMap, props })
        .join()
        .includes(line),
    );
  });

  it("takes further places from the configuration", () => {
    const resource = holding("acme:index/certificate:Certificate", { privateKeyPem: key });
    assert.equal(messages(rule, resource).length, 1);
    const places = ["acme:index/certificate:Certificate privateKeyPem"];
    assert.deepEqual(messages(rule, resource, { places }), []);
  });

  describe("of what is unknown", () => {
    const undecided = (type: string, props: Resource["props"]) => judge(rule, holding(type, props)).undecided;

    it("waits for nothing where no text can stand", () => {
      const cluster = { network: UNKNOWN, nodeConfig: { serviceAccount: UNKNOWN } };
      assert.equal(undecided("gcp:container/cluster:Cluster", cluster), undefined);
      assert.equal(undecided("gcp:projects/iAMMember:IAMMember", { member: UNKNOWN }), undefined);
      const certificate = { caCertPem: UNKNOWN, certRequestPem: UNKNOWN };
      assert.equal(undecided("tls:index/locallySignedCert:LocallySignedCert", certificate), undefined);
    });

    it("is undecided everywhere else", () => {
      assert.ok(undecided("gcp:compute/firewall:Firewall", { network: "mesh", description: UNKNOWN }));
      assert.ok(undecided("gcp:container/cluster:Cluster", { nodeConfig: UNKNOWN }));
      assert.ok(undecided("kubernetes:core/v1:ConfigMap", { data: { network: UNKNOWN } }));
      assert.ok(undecided("kubernetes:apps/v1:Deployment", { spec: { member: UNKNOWN } }));
    });

    it("finds a key that is known there", () => {
      const props = { network: key, description: "none" };
      assert.match(messages(rule, holding("gcp:compute/firewall:Firewall", props)).join(), /^network holds/);
    });
  });

  it("costs less than a millisecond for a manifest of usual size", () => {
    const data = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`c${index}`, base64(certificate) + kubeconfig("none")]),
    );
    const configMap = holding("kubernetes:core/v1:ConfigMap", { data });
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now();
      assert.deepEqual(messages(rule, configMap), []);
      return performance.now() - start;
    });
    // The fastest of many: the machine may have other things to do.
    const fastest = Math.min(...times);
    assert.ok(fastest < 1, `${fastest} ms`);
  });

  it("gets to the end of a long text of almost keys", () => {
    const data = {
      a: "-----BEGIN A B C ".repeat(20_000),
      b: "LS0tLS1CRUdJTi".repeat(20_000),
      c: "A ".repeat(500_000),
      d: `${"A".repeat(16)} `.repeat(50_000),
      e: base64("A".repeat(500_000)),
      f: randomBytes(500_000).toString("base64"),
    };
    assert.deepEqual(messages(rule, { ...configMap, props: { data } }), []);
  });
});
