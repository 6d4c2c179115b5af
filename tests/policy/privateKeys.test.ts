import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { authority } from "./authorities";
import { testRule } from "./cases";
import { changed, messages, type Resource } from "./harness";

const { key, certificate } = authority("us-east1");
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const wrapped = base64(RSA).replace(/.{76}/g, "$&\n");
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
      [`data["tls.key"]`, wrapped, FOUND],
      [`data["tls.key"]`, key.replaceAll("\n", " "), FOUND],
      [`data["tls.key"]`, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", FOUND],
      [`binaryData["tls.key"]`, base64(key), FOUND],
      [
        `metadata.annotations["example.com/note"]`,
        key,
        /^metadata\.annotations\["example\.com\/note"\] holds/,
      ],
    ],
    accepted: [
      [`data["tls.key"]`, "a PEM starts with -----BEGIN RSA PRIVATE KEY----- and ends alike"],
      [`data["tls.key"]`, "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"],
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

  it("gets to the end of a long text of almost keys", () => {
    const data = {
      a: "-----BEGIN A B C ".repeat(20_000),
      b: "LS0tLS1CRUdJTi".repeat(20_000),
      c: "A ".repeat(500_000),
    };
    assert.deepEqual(messages(rule, { ...configMap, props: { data } }), []);
  });
});
