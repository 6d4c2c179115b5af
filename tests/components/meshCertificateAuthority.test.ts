import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { cacerts } from "../../components/certificateAuthority";
import { expiryWarning } from "../../components/certificates";
import { MeshCertificateAuthority } from "../../components/meshCertificateAuthority";
import { mesh } from "../unit/manifests/mesh";
import { computedOutputs, privateKey } from "./computed";
import { register, run } from "./mocks";
import { all, key, one, PRIVATE_KEY, valueAt } from "./support";

const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
const SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
const REQUEST = "tls:index/certRequest:CertRequest";
const USES = ["digital_signature", "content_commitment", "key_encipherment", "cert_signing", "crl_signing"];

function program(certificateAuthority: MeshInput["certificateAuthority"] = {}, protect = true) {
  return new MeshCertificateAuthority("mesh-ca", {
    mesh: mesh({ certificateAuthority }),
    clusters: ["us-east1", "us-central1"],
    protect,
  });
}

function made(...args: Parameters<typeof program>) {
  return register(() => program(...args));
}

describe("the mesh's root of trust", () => {
  it("is a CA of ten years that never renews by itself", async () => {
    const root = one(await made(), SELF_SIGNED, "mesh-ca-root");
    assert.deepEqual(root.inputs, {
      privateKeyPem: privateKey("mesh-ca-root"),
      subject: { commonName: "Root CA", organization: "Istio" },
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: USES,
      validityPeriodHours: 87_600,
      earlyRenewalHours: 0,
    });
  });

  it("signs one intermediate of two years per cluster, with the cluster in its subject", async () => {
    const resources = await made();
    assert.equal(all(resources, SIGNED).length, 2);
    for (const cluster of ["us-east1", "us-central1"]) {
      assert.deepEqual(one(resources, SIGNED, `mesh-ca-${cluster}`).inputs, {
        certRequestPem: `request of mesh-ca-${cluster}\n`,
        caCertPem: "certificate of mesh-ca-root\n",
        caPrivateKeyPem: privateKey("mesh-ca-root"),
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: USES,
        validityPeriodHours: 17_520,
        earlyRenewalHours: 0,
      });
      assert.deepEqual(one(resources, REQUEST, `mesh-ca-${cluster}`).inputs, {
        privateKeyPem: privateKey(`mesh-ca-${cluster}`),
        subject: { commonName: "Intermediate CA", organization: "Istio", locality: cluster },
      });
    }
  });

  it("has lifetimes and a name that the user may choose", async () => {
    const resources = await made({
      rootValidityDays: 100,
      intermediateValidityDays: 10,
      organization: "Example",
    });
    assert.equal(one(resources, SELF_SIGNED).inputs.validityPeriodHours, 2400);
    assert.deepEqual(
      all(resources, SIGNED).map(({ inputs }) => inputs.validityPeriodHours),
      [240, 240],
    );
    assert.equal(valueAt(one(resources, SELF_SIGNED).inputs, "subject", "organization"), "Example");
  });

  it("holds everything as its own", async () => {
    const [component, ...children] = await made();
    assert.ok(component);
    assert.equal(children.length, 8);
    children.forEach((child) => assert.equal(child.parent, key(component), key(child)));
  });
});

describe("the keys of the mesh", () => {
  it("are one for the root and one per cluster, RSA of 4096 bits", async () => {
    const keys = all(await made(), PRIVATE_KEY);
    assert.deepEqual(keys.map(({ name }) => name).sort(), [
      "mesh-ca-root",
      "mesh-ca-us-central1",
      "mesh-ca-us-east1",
    ]);
    keys.forEach(({ inputs }) => assert.deepEqual(inputs, { algorithm: "RSA", rsaBits: 4096 }));
  });

  it("name their curve where they are ECDSA: the provider's default is one that istiod does not accept", async () => {
    for (const { inputs } of all(await made({ algorithm: "ECDSA" }), PRIVATE_KEY)) {
      assert.deepEqual(inputs, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    }
    for (const { inputs } of all(await made({ algorithm: "ECDSA", ecdsaCurve: "P384" }), PRIVATE_KEY)) {
      assert.equal(inputs.ecdsaCurve, "P384");
    }
  });

  it("are secret wherever they go", async () => {
    for (const resource of await made()) {
      assert.doesNotMatch(JSON.stringify(resource.plainInputs), /PRIVATE KEY/, key(resource));
    }
  });

  it("are secret as the component's outputs, and the root's certificate is not", async () => {
    const secrets: Record<string, boolean> = {};
    await register(async () => {
      const { rootCertificate, intermediates } = program();
      secrets.root = await pulumi.isSecret(rootCertificate);
      secrets.intermediates = await pulumi.isSecret(intermediates);
    });
    assert.deepEqual(secrets, { root: false, intermediates: true });
  });

  it("and all that they signed are protected, unless the user lifts it", async () => {
    const [, ...children] = await made();
    children.forEach((child) => assert.equal(child.protect, true, key(child)));
    const [, ...free] = await made({}, false);
    free.forEach((child) => assert.equal(child.protect, false, key(child)));
  });
});

describe("the end of a certificate", () => {
  const NOW = new Date("2030-01-01T00:00:00Z");
  const DAY = 24 * 3600 * 1000;
  const SELF = "It does not renew by itself: docs/google-cloud.md says how.";

  function inDays(days: number, from = NOW): string {
    return new Date(from.getTime() + days * DAY).toISOString();
  }

  it("is nothing to speak of while it is 90 days away or more", () => {
    for (const days of [3650, 91, 90]) {
      assert.equal(expiryWarning("The root", inDays(days), NOW), undefined, `${days} days`);
    }
  });

  it("is announced in the last 90 days, with the days that are left", () => {
    for (const days of [89, 1, 0]) {
      const end = inDays(days);
      assert.equal(expiryWarning("The root", end, NOW), `The root expires in ${days} days (${end}). ${SELF}`);
    }
    const offset = expiryWarning("The root", "2030-01-11T01:00:00+01:00", NOW);
    assert.match(String(offset), /^The root expires in 10 days/);
  });

  it("is told as such once it is past", () => {
    const end = "2029-12-31T23:00:00Z";
    assert.equal(expiryWarning("The root", end, NOW), `The root has expired (${end}). ${SELF}`);
  });

  /** Warnings with the root and the intermediates of us-east1 and us-central1 at their ends, in days from now. */
  async function warnings(root: number, east: number, central: number): Promise<string[]> {
    // Half a day more, so that the days do not change while the test runs.
    const ends: Record<string, string> = Object.fromEntries(
      [
        ["mesh-ca-root", root] as const,
        ["mesh-ca-us-east1", east] as const,
        ["mesh-ca-us-central1", central] as const,
      ].map(([name, days]) => [name, inDays(days + 0.5, new Date())]),
    );
    const done = await run(() => program(), {
      outputs: (type, name, inputs) => ({
        ...computedOutputs(type, name),
        ...([SELF_SIGNED, SIGNED].includes(type) ? { validityEndTime: ends[name] } : inputs),
      }),
    });
    assert.deepEqual(done.errors, []);
    return done.warnings.map((line) => line.slice(0, line.indexOf(" (")).replace(/^.*?The/, "The")).sort();
  }

  it("is a warning of the program for each certificate that is near it, and for no other", async () => {
    assert.deepEqual(await warnings(3650, 700, 700), []);
    assert.deepEqual(await warnings(89, 700, -1), [
      "The intermediate certificate of us-central1 has expired",
      "The mesh's root certificate expires in 89 days",
    ]);
    assert.deepEqual(await warnings(3650, 10, 700), [
      "The intermediate certificate of us-east1 expires in 10 days",
    ]);
  });
});

describe("the certificates of one istiod", () => {
  it("are the four that it asks for, the chain from the intermediate to the root", async () => {
    let data: unknown;
    await register(() => {
      pulumi
        .output(
          cacerts({ certificate: "own\n", issuers: "above\n", privateKey: pulumi.secret("key\n") }, "root\n"),
        )
        .apply((value) => (data = value));
    });
    assert.deepEqual(data, {
      "ca-cert.pem": "own\n",
      "ca-key.pem": "key\n",
      "root-cert.pem": "root\n",
      "cert-chain.pem": "own\nabove\nroot\n",
    });
  });
});
