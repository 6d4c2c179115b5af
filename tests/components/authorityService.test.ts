import assert from "node:assert/strict";
import { AuthorityService } from "../../components/authorityService";
import type { SigningCertificate } from "../../components/peers";
import { sign, type Signed } from "../unit/authority";
import { mesh } from "../unit/manifests/mesh";
import { computedOutputs, privateKey } from "./computed";
import { all, key, one, PRIVATE_KEY } from "./support";
import { run, type Registered } from "./mocks";
import { configOf, meshOf, runProgram } from "./program";

const CERTIFICATE = "gcp:certificateauthority/certificate:Certificate";
const MEMBER = "mesh:index:MemberCluster";
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

  it("leaves room in a certificate's id for what the engine adds, and keeps the names of long clusters apart", async () => {
    const long = `${"a".repeat(62)}-`;
    const clusters = ["us-east1", "b".repeat(47), `${long}1`, `${long}2`];
    const signed = Object.fromEntries(clusters.map((name) => [name, [east, root]]));
    const { resources } = await made(signed);
    const names = all(resources, CERTIFICATE).map(({ name }) => name);
    assert.deepEqual(names.slice(0, 2), ["mesh-ca-us-east1", `mesh-ca-${"b".repeat(47)}`]);
    assert.equal(new Set(names).size, 4);
    for (const name of names) assert.match(`${name}-1234567`, /^[a-zA-Z0-9_-]{1,63}$/);
  });

  it("warns of the end of a certificate", async () => {
    const { warnings } = await made({ "us-east1": [sign("short", { by: root, days: 20.5 }), root] });
    assert.match(warnings.join(), /The intermediate certificate of us-east1 expires in 20 days/);
  });
});

describe("a mesh whose trust is by Certificate Authority Service", () => {
  async function meshBy(root: Signed, issuers: Signed[]) {
    const config = configOf("us-east1");
    const certificateAuthority = { source: "authorityService", pool: "mesh", location: "us-east1" };
    const [own, ...above] = issuers;
    return runProgram(
      { ...config, "mesh:mesh": { ...meshOf(config), certificateAuthority } },
      {
        outputs: (type, name) => ({
          ...computedOutputs(type, name),
          ...(type === PRIVATE_KEY && { publicKeyPem: `public key of ${name}` }),
          ...(type === CERTIFICATE && {
            pemCertificate: own?.certificate,
            pemCertificateChains: [...above, root].map(({ certificate }) => certificate),
          }),
        }),
      },
    );
  }

  /** Everything of a cluster, whoever made the network around it. */
  function ofClusters(resources: Registered[]): string[] {
    return resources
      .filter(({ type }) =>
        /^kubernetes:|^pulumi:providers:kubernetes|container\/|gkehub|compute\/(sub|router)/.test(type),
      )
      .map(key);
  }

  it("has nothing of a cluster before what was signed is checked", async () => {
    const leaf = sign("leaf", { by: root, isCa: false });
    const { resources, errors } = await meshBy(root, [leaf]);
    assert.match(errors.map(({ message }) => message).join(), /is not a certificate authority's/);
    assert.deepEqual(all(resources, CERTIFICATE).length, 2);
    assert.deepEqual(ofClusters(resources), []);
  });

  it("has its clusters when that is right", async () => {
    const { resources, errors } = await meshBy(root, [sign("east", { by: root })]);
    assert.deepEqual(errors, []);
    assert.ok(ofClusters(resources).length > 30);
    assert.ok(
      one(resources, MEMBER).dependencies.includes(key(one(resources, CERTIFICATE, "mesh-ca-us-east1"))),
    );
  });
});
