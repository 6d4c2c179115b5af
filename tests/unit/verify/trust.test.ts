import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { issue, makeCa } from "../../../rehearsal/certificates";
import {
  cacertsProblems,
  certificatesIn,
  chainProblems,
  isIssued,
  subjectOf,
  validityProblems,
  type Cacerts,
} from "../../../verify/checks/chain";
import { servedProblems } from "../../../verify/checks/trust";
import { certificateRequest, decodeTexts, encodeRequest } from "../../../verify/checks/workloadCertificate";
import type { CreateRequest } from "../../../rehearsal/engine/providers/base";
import {
  certRequest,
  locallySignedCert,
  privateKey,
  selfSignedCert,
} from "../../../rehearsal/engine/providers/tls/resources";
import { parseRequest } from "../../../rehearsal/engine/providers/tls/x509";
import type { StateResource } from "../../../rehearsal/engine/providers/stateResource";
import type { Properties } from "../../../rehearsal/engine/providers/values";

const request: CreateRequest = {
  type: "t",
  urn: "urn",
  name: "n",
  inputs: {},
  preview: false,
  signal: new AbortController().signal,
  log: () => undefined,
  status: () => undefined,
};

function make(resource: StateResource, inputs: Properties): Record<string, string> {
  return resource.create(inputs, request).outputs as Record<string, string>;
}

const authority = { isCaCertificate: true, validityPeriodHours: 100, allowedUses: ["cert_signing"] };
const newKey = () =>
  make(privateKey, { algorithm: "ECDSA", ecdsaCurve: "P256", rsaBits: 2048 }).privateKeyPem ?? "";

/** The certificates of a cluster, as the program makes them. */
function cacerts(locality = "east"): Required<Cacerts> {
  const rootKey = newKey();
  const subject = { commonName: "Root CA" };
  const root = make(selfSignedCert, { ...authority, privateKeyPem: rootKey, subject }).certPem ?? "";
  const key = newKey();
  const { certRequestPem } = make(certRequest, {
    privateKeyPem: key,
    subject: { commonName: "Intermediate CA", locality },
  });
  const signer = { caCertPem: root, caPrivateKeyPem: rootKey };
  const own = make(locallySignedCert, { ...authority, ...signer, certRequestPem }).certPem ?? "";
  return { "ca-cert.pem": own, "ca-key.pem": key, "root-cert.pem": root, "cert-chain.pem": own + root };
}

describe("the check of cacerts", () => {
  const good = cacerts();
  const other = cacerts();

  it("accepts what istiod accepts", () => {
    assert.deepEqual(cacertsProblems(good), []);
  });

  it("finds what is missing", () => {
    assert.match(cacertsProblems({ ...good, "ca-key.pem": undefined }).join(), /has no ca-key\.pem/);
    assert.match(cacertsProblems({ ...good, "root-cert.pem": "text" }).join(), /holds no certificate/);
  });

  it("finds a root that is not the intermediate's", () => {
    const problems = cacertsProblems({ ...good, "root-cert.pem": other["root-cert.pem"] });
    assert.deepEqual(problems, [
      "the intermediate is not signed by the root",
      "cert-chain.pem does not lead to CN=Root CA",
    ]);
  });

  it("finds a key that is another's", () => {
    assert.deepEqual(cacertsProblems({ ...good, "ca-key.pem": other["ca-key.pem"] }), [
      "ca-key.pem is not the intermediate's key",
    ]);
  });

  it("finds certificates that may not sign", () => {
    const ca = makeCa("Root CA");
    const leaf = issue(ca, { cn: "leaf" });
    const files = {
      "ca-cert.pem": leaf.certificate,
      "ca-key.pem": leaf.key,
      "root-cert.pem": ca.certificate,
      "cert-chain.pem": leaf.certificate + ca.certificate,
    };
    assert.deepEqual(cacertsProblems(files), ["the intermediate is no CA certificate"]);
  });

  it("follows a chain link by link", () => {
    const [own, root] = certificatesIn(good["cert-chain.pem"]);
    const [foreign] = certificatesIn(other["ca-cert.pem"]);
    assert.ok(own && root && foreign);
    assert.deepEqual(chainProblems("chain", [own], own, root), []);
    assert.match(chainProblems("chain", [foreign, own], own, root).join(), /does not begin with/);
    assert.match(
      chainProblems("chain", [own, foreign, root], own, root).join(),
      /certificate 1 is not signed by certificate 2/,
    );
    assert.ok(isIssued(own, root) && !isIssued(foreign, root));
    assert.equal(subjectOf(own), "CN=Intermediate CA, L=east");
  });

  it("counts the days that are left", () => {
    const certificate = new X509Certificate(good["ca-cert.pem"]);
    const after = (hours: number) => new Date(Date.now() + hours * 3600 * 1000);
    assert.deepEqual(validityProblems("it", certificate, after(1), 3), []);
    assert.match(validityProblems("it", certificate, after(50), 3).join(), /it has 2 days left, until/);
    assert.match(validityProblems("it", certificate, after(101), 3).join(), /it expired on/);
    assert.match(validityProblems("it", certificate, after(-100), 3).join(), /not valid before/);
  });

  it("compares with what istiod serves", () => {
    const [intermediate, root] = certificatesIn(good["cert-chain.pem"]);
    const [foreign] = certificatesIn(other["ca-cert.pem"]);
    assert.ok(intermediate && root && foreign);
    const own = new X509Certificate(
      make(locallySignedCert, {
        validityPeriodHours: 1,
        allowedUses: ["server_auth"],
        caCertPem: good["ca-cert.pem"],
        caPrivateKeyPem: good["ca-key.pem"],
        certRequestPem: make(certRequest, { privateKeyPem: newKey(), subject: { commonName: "istiod" } })
          .certRequestPem,
      }).certPem ?? "",
    );
    assert.deepEqual(servedProblems([own, intermediate, root], intermediate, root), []);
    assert.match(servedProblems([], intermediate, root).join(), /no certificate on port 15012/);
    assert.match(
      servedProblems([own, intermediate], foreign, root).join(),
      /not of the intermediate in cacerts/,
    );
    assert.match(servedProblems([own, foreign], intermediate, root).join(), /does not begin with/);
  });
});

describe("asking istiod for a certificate", () => {
  it("sends a request that parsers of PKCS #10 take", () => {
    assert.equal(parseRequest(certificateRequest()).names.length, 0);
  });

  it("speaks the two messages of the service", () => {
    const message = encodeRequest("x".repeat(300), 600);
    assert.deepEqual(decodeTexts(message, 1), ["x".repeat(300)]);
    assert.deepEqual([...message.subarray(-3)], [0x18, 0xd8, 0x04]);
    const answer = Buffer.from([0x10, 0x96, 0x01, 0x0a, 1, 0x61, 0x1d, 0, 0, 0, 0, 0x0a, 2, 0x62, 0x63]);
    assert.deepEqual(decodeTexts(answer, 1), ["a", "bc"]);
  });
});
