import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { GcpProvider } from "../../../rehearsal/engine/providers/gcp/provider";
import { issuedType } from "../../../rehearsal/google/names";
import type { SimulatedProject } from "../../../rehearsal/google/project";
import type { Properties } from "../../../rehearsal/google/properties";
import { makePool } from "./authorityPool";
import { newProject } from "./fixtures";

const DAY = 24 * 3600;
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

describe("Certificate Authority Service in the simulated project", () => {
  let project: SimulatedProject;

  beforeEach(() => {
    ({ project } = newProject());
  });

  function request(change: Properties = {}): Properties {
    return {
      location: "us-east1",
      pool: "mesh",
      name: "mesh-ca-us-east1-1234567",
      lifetime: `${730 * DAY}s`,
      config: {
        subjectConfig: {
          subject: { commonName: "Intermediate CA", organization: "Istio", locality: "here" },
        },
        publicKey: { format: "PEM", key: Buffer.from(pem).toString("base64") },
        x509Config: {
          caOptions: { isCa: true, zeroMaxIssuerPathLength: true },
          keyUsage: { baseKeyUsage: { certSign: true, crlSign: true }, extendedKeyUsage: {} },
        },
      },
      ...change,
    };
  }

  const sign = async (change?: Properties) =>
    (await project.call("create", issuedType, { properties: request(change) })).properties;

  const certificates = ({ pemCertificate, pemCertificateChains }: Properties) =>
    [pemCertificate as string, ...(pemCertificateChains as string[])].map((pem) => new X509Certificate(pem));

  it("signs an authority with the pool's own, and gives the chain up to the root", async () => {
    await makePool(project);
    const [own, root, ...rest] = certificates(await sign());
    assert.ok(own && root);
    assert.deepEqual(rest, []);
    assert.ok(own.ca && own.checkIssued(root) && own.verify(root.publicKey));
    assert.deepEqual(own.subject.split("\n"), ["O=Istio", "L=here", "CN=Intermediate CA"]);
    const days = (Date.parse(own.validTo) - Date.now()) / 1000 / DAY;
    assert.ok(days > 729 && days <= 730, `${days} days`);
  });

  it("gives the certificates in between where the pool's authority is not the root", async () => {
    const root = await makePool(project, { name: "roots" });
    await makePool(project, { id: "sub", authority: { subordinateConfig: { certificateAuthority: root } } });
    const chain = certificates(await sign());
    assert.deepEqual(
      chain.map(({ subject }) => /CN=(.*)/.exec(subject)?.[1]),
      ["Intermediate CA", "sub", "root"],
    );
    chain.slice(1).forEach((issuer, index) => assert.ok(chain[index]?.verify(issuer.publicKey)));
  });

  it("keeps a certificate for good: a deletion revokes it, and its name is never free again", async () => {
    await makePool(project);
    await sign();
    const [{ id } = { id: "" }] = project.list(issuedType);
    await project.call("delete", issuedType, { id });
    const { properties } = await project.call("read", issuedType, { id });
    assert.equal((properties.revocationDetails as unknown[]).length, 1);
    await assert.rejects(sign(), /already exists/);
  });

  it("refuses what Google refuses", async () => {
    await assert.rejects(sign(), /Certificate Authority API has not been used/);
    const root = await makePool(project, { authority: { desiredState: "STAGED" } });
    await assert.rejects(sign(), /no enabled CAs in the CaPool/);
    await project.call("update", "gcp:certificateauthority/authority:Authority", {
      id: root,
      properties: { desiredState: "ENABLED" },
    });
    await assert.rejects(sign({ pool: "other" }), /caPools\/other' was not found/);
    await assert.rejects(sign({ name: "a.b" }), /must match the regular expression/);
    await assert.rejects(sign({ lifetime: "2y" }), /is no duration/);
    await makePool(project, { name: "short", pool: { issuancePolicy: { maximumLifetime: "86400s" } } });
    await assert.rejects(sign({ pool: "short" }), /exceeds the CaPool's maximum lifetime 86400s/);
    await makePool(project, {
      name: "requests",
      pool: { issuancePolicy: { allowedIssuanceModes: { allowConfigBasedIssuance: false } } },
    });
    await assert.rejects(sign({ pool: "requests" }), /does not allow config-based issuance/);
    await makePool(project, { name: "fast", pool: { tier: "DEVOPS" } });
    await assert.rejects(sign({ pool: "fast" }), /DevOps tier/);
  });

  it("is asked by a provider that refuses what the real one refuses, before anything is signed", async () => {
    const provider = new GcpProvider();
    const failures = async (news: Properties) => {
      const answer = await provider.check({
        urn: `urn:pulumi:s::p::${issuedType}::mesh-ca`,
        name: "mesh-ca",
        type: issuedType,
        signal: new AbortController().signal,
        log: () => undefined,
        status: () => undefined,
        olds: {},
        news: news as never,
        randomSeed: Buffer.from("abcdef0123", "hex"),
      });
      return (answer.failures ?? []).map(({ reason }) => reason).join("\n");
    };
    const { config, ...rest } = request({ name: undefined });
    const good = structuredClone(config) as { publicKey: Properties; x509Config: Properties };
    assert.equal(await failures({ ...rest, config: good }), "");
    assert.match(await failures(rest), /one of `config,pem_csr` must be specified/);
    assert.match(
      await failures({ ...rest, config: { ...good, publicKey: { ...good.publicKey, format: "DER" } } }),
      /KEY_TYPE_UNSPECIFIED|format/,
    );
    const { keyUsage: _without, ...x509Config } = good.x509Config;
    assert.match(await failures({ ...rest, config: { ...good, x509Config } }), /key_?usage/i);
    const caOptions = { isCa: true, zeroMaxIssuerPathLength: true, maxIssuerPathLength: 1 };
    assert.match(
      await failures({ ...rest, config: { ...good, x509Config: { ...good.x509Config, caOptions } } }),
      /zero_max_issuer_path_length can not be set/,
    );
  });
});
