import assert from "node:assert/strict";
import { AuthorityService } from "../../components/authorityService";
import type { SigningCertificate } from "../../components/peers";
import { sign, type Signed } from "../unit/authority";
import { mesh } from "../unit/manifests/mesh";
import { computedOutputs, privateKey } from "./computed";
import { key, PRIVATE_KEY, all } from "./support";
import { run } from "./mocks";

const CERTIFICATE = "gcp:certificateauthority/certificate:Certificate";
const root = sign("root");
const subordinate = sign("subordinate", { by: root });

/** @param signed what the pool answers for each cluster: the certificate, and its issuers up to the root. */
async function made(signed: Record<string, Signed[]>) {
  let rootCertificate: string | undefined;
  let intermediates: Record<string, SigningCertificate> = {};
  const done = await run(
    () => {
      const authority = new AuthorityService("mesh-ca", {
        project: "my-project",
        mesh: mesh({
          certificateAuthority: {
            source: "authorityService",
            pool: "mesh",
            location: "us-east1",
            algorithm: "ECDSA",
          },
        }),
        clusters: Object.keys(signed),
        protect: true,
      });
      authority.rootCertificate.apply((value) => (rootCertificate = value));
      authority.intermediates.apply((value) => (intermediates = value));
    },
    {
      outputs: (type, name) => {
        if (type === PRIVATE_KEY) {
          return { ...computedOutputs(type, name), publicKeyPem: `public key of ${name}` };
        }
        const [own, ...issuers] = signed[name.replace("mesh-ca-", "")] ?? [];
        return type === CERTIFICATE
          ? {
              pemCertificate: own?.certificate,
              pemCertificateChains: issuers.map(({ certificate }) => certificate),
            }
          : {};
      },
    },
  );
  return { ...done, rootCertificate, intermediates };
}

describe("an authority of Certificate Authority Service", () => {
  const east = sign("east", { by: root });
  const central = sign("central", { by: subordinate });
  const both = { "us-east1": [east, root], "us-central1": [central, subordinate, root] };

  it("has the pool sign a certificate authority per cluster, over a key that is made here", async () => {
    const { resources, errors } = await made(both);
    assert.deepEqual(errors, []);
    const [first] = all(resources, CERTIFICATE);
    assert.deepEqual(first?.inputs, {
      project: "my-project",
      location: "us-east1",
      pool: "mesh",
      lifetime: "63072000s",
      config: {
        subjectConfig: {
          subject: { commonName: "Intermediate CA", organization: "Istio", locality: "us-east1" },
        },
        publicKey: {
          format: "PEM",
          key: Buffer.from("public key of mesh-ca-us-east1").toString("base64"),
        },
        x509Config: {
          caOptions: { isCa: true, zeroMaxIssuerPathLength: true },
          keyUsage: {
            baseKeyUsage: { certSign: true, crlSign: true, digitalSignature: true },
            extendedKeyUsage: {},
          },
        },
      },
    });
    for (const resource of resources.filter(({ custom }) => custom)) {
      assert.ok(resource.protect, key(resource));
      assert.doesNotMatch(JSON.stringify(resource.plainInputs), /PRIVATE KEY/);
    }
  });

  it("gives each cluster its chain up to the one root, as PEM that can be joined", async () => {
    const { rootCertificate, intermediates } = await made(both);
    assert.equal(rootCertificate, root.certificate);
    assert.deepEqual(intermediates, {
      "us-east1": { certificate: east.certificate, issuers: "", privateKey: privateKey("mesh-ca-us-east1") },
      "us-central1": {
        certificate: central.certificate,
        issuers: subordinate.certificate,
        privateKey: privateKey("mesh-ca-us-central1"),
      },
    });
  });

  it("refuses what istiod cannot sign with, and a second root", async () => {
    const message = async (signed: Parameters<typeof made>[0]) =>
      (await made(signed)).errors.map(({ message }) => message).join("\n");
    assert.match(
      await message({ "us-east1": [sign("leaf", { by: root, isCa: false }), root] }),
      /signed for us-east1 is not a certificate authority's/,
    );
    const other = sign("other");
    assert.match(
      await message({ "us-east1": [east, root], "us-central1": [sign("c", { by: other }), other] }),
      /The CA pool mesh signed with 2 roots.*gcloud privateca roots disable/,
    );
  });

  it("warns of the end of a certificate", async () => {
    const { warnings } = await made({ "us-east1": [sign("short", { by: root, days: 20.5 }), root] });
    assert.match(warnings.join(), /The intermediate certificate of us-east1 expires in 20 days/);
  });
});
