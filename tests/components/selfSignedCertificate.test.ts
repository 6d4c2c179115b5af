import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { SelfSignedCertificate } from "../../components/selfSignedCertificate";
import { privateKey } from "./computed";
import { register } from "./mocks";
import { key, one, PRIVATE_KEY } from "./support";

const CERTIFICATE = "tls:index/selfSignedCert:SelfSignedCert";

function program() {
  return new SelfSignedCertificate("mesh-edge", {
    commonName: "mesh.example.com",
    dnsNames: ["mesh.example.com", "www.example.com"],
  });
}

describe("a self-signed certificate", () => {
  it("serves its names for a year, and is replaced in its last month", async () => {
    assert.deepEqual(one(await register(program), CERTIFICATE, "mesh-edge").inputs, {
      privateKeyPem: privateKey("mesh-edge"),
      subject: { commonName: "mesh.example.com" },
      dnsNames: ["mesh.example.com", "www.example.com"],
      allowedUses: ["digital_signature", "server_auth"],
      validityPeriodHours: 8760,
      earlyRenewalHours: 720,
    });
  });

  it("names the curve of its key", async () => {
    assert.deepEqual(one(await register(program), PRIVATE_KEY, "mesh-edge").inputs, {
      algorithm: "ECDSA",
      ecdsaCurve: "P256",
    });
  });

  it("keeps the key secret, also as the data of a Secret", async () => {
    let secrets: unknown;
    let data: unknown;
    const [component, ...children] = await register(async () => {
      const { tlsSecretData } = program();
      const [certificate, privateKey] = [tlsSecretData["tls.crt"], tlsSecretData["tls.key"]];
      assert.ok(certificate && privateKey);
      secrets = [await pulumi.isSecret(certificate), await pulumi.isSecret(privateKey)];
      pulumi.output(tlsSecretData).apply((value) => (data = value));
    });
    assert.deepEqual(secrets, [false, true]);
    assert.deepEqual(data, { "tls.crt": "certificate of mesh-edge\n", "tls.key": privateKey("mesh-edge") });
    assert.ok(component);
    for (const child of children) {
      assert.doesNotMatch(JSON.stringify(child.plainInputs), /PRIVATE KEY/, key(child));
      assert.equal(child.parent, key(component));
    }
  });
});
