import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { CreateRequest } from "../../../rehearsal/engine/providers/base";
import { integer, oid } from "../../../rehearsal/engine/providers/tls/der";
import {
  certRequest,
  locallySignedCert,
  privateKey,
  selfSignedCert,
} from "../../../rehearsal/engine/providers/tls/resources";
import type { StateResource } from "../../../rehearsal/engine/providers/stateResource";
import type { Properties } from "../../../rehearsal/engine/providers/values";

type Outputs = Record<string, string>;
const warnings: string[] = [];
const request: CreateRequest = {
  type: "t",
  urn: "urn",
  name: "n",
  inputs: {},
  preview: false,
  signal: new AbortController().signal,
  log: (_severity, message) => void warnings.push(message),
  status: () => {},
};
const make = (resource: StateResource, inputs: Properties) => {
  const { id, outputs } = resource.create(inputs, request);
  return { id, outputs: outputs as Outputs };
};

const keyPem = (inputs: Properties) =>
  make(privateKey, { rsaBits: 2048, ecdsaCurve: "P224", ...inputs }).outputs.privateKeyPem ?? "";
const rootKey = keyPem({ algorithm: "ECDSA", ecdsaCurve: "P256" });
const authority = { isCaCertificate: true, validityPeriodHours: 100, allowedUses: ["cert_signing"] };
const root = make(selfSignedCert, { ...authority, privateKeyPem: rootKey, subject: { commonName: "Root" } });

function sign(inputs: Properties, requestInputs: Properties = {}) {
  const key = keyPem({ algorithm: "ECDSA", ecdsaCurve: "P384" });
  const csr = make(certRequest, { privateKeyPem: key, subject: { commonName: "Leaf" }, ...requestInputs });
  return make(locallySignedCert, {
    validityPeriodHours: 10,
    allowedUses: [],
    caCertPem: root.outputs.certPem,
    caPrivateKeyPem: rootKey,
    certRequestPem: csr.outputs.certRequestPem,
    ...inputs,
  });
}

/** Whether the DER of a certificate holds these bytes. */
const holds = (pem: string | undefined, bytes: Buffer) => new X509Certificate(pem ?? "").raw.includes(bytes);

describe("a private key", () => {
  const headers = { RSA: "RSA PRIVATE KEY", ECDSA: "EC PRIVATE KEY", ED25519: "PRIVATE KEY" };
  for (const [algorithm, header] of Object.entries(headers)) {
    it(`of ${algorithm} starts with ${header} and ends with one newline`, () => {
      const { id, outputs } = make(privateKey, { algorithm, rsaBits: 2048, ecdsaCurve: "P256" });
      assert.match(
        outputs.privateKeyPem ?? "",
        new RegExp(`^-----BEGIN ${header}-----\n[^]*-----END ${header}-----\n$`),
      );
      assert.match(outputs.privateKeyPemPkcs8 ?? "", /^-----BEGIN PRIVATE KEY-----\n/);
      assert.match(id, /^[0-9a-f]{40}$/);
      assert.ok(createPrivateKey(outputs.privateKeyPem ?? ""));
    });
  }

  it("of the default curve has no OpenSSH form", () => {
    const { outputs } = make(privateKey, { algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P224" });
    assert.equal(outputs.privateKeyOpenssh, "");
    assert.equal(outputs.publicKeyOpenssh, "");
  });
});

describe("a certificate", () => {
  it("chains to its root by name, key and key identifier", () => {
    const leaf = sign({});
    const certificate = new X509Certificate(leaf.outputs.certPem ?? "");
    const issuer = new X509Certificate(root.outputs.certPem ?? "");
    assert.ok(certificate.checkIssued(issuer));
    assert.ok(certificate.verify(issuer.publicKey));
    assert.equal(certificate.ca, false);
    assert.equal(issuer.ca, true);
    assert.equal(leaf.id, BigInt(`0x${certificate.serialNumber}`).toString());
    assert.equal(leaf.outputs.caKeyAlgorithm, "ECDSA");
  });

  it("takes its names from the request", () => {
    const names = { dnsNames: ["a.example"], ipAddresses: ["10.1.2.3", "fd00::1"], uris: ["spiffe://m/x"] };
    const { outputs } = sign({}, names);
    assert.equal(
      new X509Certificate(outputs.certPem ?? "").subjectAltName,
      "DNS:a.example, IP Address:10.1.2.3, IP Address:FD00:0:0:0:0:0:0:1, URI:spiffe://m/x",
    );
  });

  it("is valid for the hours asked for", () => {
    const { validityStartTime, validityEndTime } = sign({}).outputs;
    assert.match(validityEndTime ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(Date.parse(validityEndTime ?? "") - Date.parse(validityStartTime ?? ""), 36_000_000);
  });

  it("has a path length, but loses one of zero as the real provider does", () => {
    const basicConstraints = oid("2.5.29.19");
    const limited = sign({ isCaCertificate: true, maxPathLength: 1 }).outputs.certPem;
    const zero = sign({ isCaCertificate: true, maxPathLength: 0 }).outputs.certPem;
    const critical = Buffer.from("0101ff", "hex");
    const value = (...rest: Buffer[]) => {
      const sequence = Buffer.concat([critical, ...rest]);
      const wrapped = Buffer.concat([Buffer.from([0x30, sequence.length]), sequence]);
      return Buffer.concat([basicConstraints, critical, Buffer.from([0x04, wrapped.length]), wrapped]);
    };
    assert.ok(holds(limited, value(integer(1))));
    assert.ok(holds(zero, value()));
  });

  it("warns when its issuer is no authority", () => {
    const key = keyPem({ algorithm: "ED25519" });
    const plain = {
      validityPeriodHours: 1,
      allowedUses: [],
      privateKeyPem: key,
      subject: { commonName: "No CA" },
    };
    const issuer = make(selfSignedCert, plain);
    warnings.length = 0;
    sign({ caCertPem: issuer.outputs.certPem, caPrivateKeyPem: key });
    assert.match(warnings.join(), /does not appear to be a valid Certificate Authority/);
  });
});

describe("a certificate is refused", () => {
  it("when an authority has no subject", () => {
    assert.throws(
      () => make(selfSignedCert, { ...authority, privateKeyPem: rootKey }),
      /at least one Distinguished Name/,
    );
  });

  it("when the key is not the issuer's", () => {
    const other = keyPem({ algorithm: "ECDSA", ecdsaCurve: "P256" });
    assert.throws(() => sign({ caPrivateKeyPem: other }), /doesn't match parent's PublicKey/);
  });

  it("when a leaf wants a path length", () => {
    assert.throws(() => sign({ maxPathLength: 2 }), /only CAs are allowed to specify MaxPathLen/);
  });

  it("when what should be a request is something else", () => {
    assert.throws(
      () => sign({ certRequestPem: root.outputs.certPem }),
      /Failed to parse certificate request PEM: invalid PEM type - expected "CERTIFICATE REQUEST", got "CERTIFICATE"/,
    );
    assert.throws(() => sign({ caPrivateKeyPem: "nonsense" }), /Failed to parse CA private key PEM/);
  });

  it("when an address in it is none", () => {
    assert.throws(
      () => sign({}, { ipAddresses: ["10.0.0"] }),
      /Invalid IP address: Failed to parse "10.0.0"/,
    );
  });
});
