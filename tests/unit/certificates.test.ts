import assert from "node:assert/strict";
import { certificatesIn, chainProblem, inPem, keyProblem, rootProblem } from "../../components/certificates";
import { sign } from "./authority";

const NOW = new Date();
const root = sign("root");
const intermediate = sign("intermediate", { by: root });
const below = sign("below", { by: intermediate });
const other = sign("other");

function of(...signed: { certificate: string }[]) {
  return certificatesIn(signed.map(({ certificate }) => certificate).join("")) ?? [];
}

describe("certificates in PEM", () => {
  it("are read in their order, and written again so that texts can be joined", () => {
    const found = of(below, intermediate);
    assert.deepEqual(
      found.map(({ subject }) => subject),
      ["CN=below", "CN=intermediate"],
    );
    assert.deepEqual(certificatesIn(inPem(found).replace(/\n$/, ""))?.length, 2);
    assert.equal(inPem(), "");
  });

  it("are none in other texts, and in broken ones", () => {
    assert.equal(certificatesIn("a root"), undefined);
    assert.equal(certificatesIn(root.privateKey), undefined);
    assert.equal(certificatesIn("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"), undefined);
  });
});

describe("a root certificate", () => {
  const problem = (...signed: { certificate: string }[]) => rootProblem(of(...signed), NOW);

  it("is one certificate authority that signs itself", () => {
    assert.equal(problem(root), undefined);
    assert.match(rootProblem(undefined, NOW) ?? "", /^is no certificate in PEM/);
    assert.match(problem(root, other) ?? "", /^is 2 certificates; give the root's alone/);
    assert.match(problem(intermediate) ?? "", /^is not signed by itself/);
    assert.match(problem(sign("leaf", { isCa: false })) ?? "", /^is not a certificate authority's/);
    assert.match(problem(sign("no use", { allowedUses: ["digital_signature"] })) ?? "", /keyCertSign/);
  });

  it("is valid now", () => {
    assert.match(
      problem(sign("old", { from: -20, days: -10 })) ?? "",
      /^expired on .*; give one that is valid now/,
    );
    assert.match(problem(sign("new", { from: 10 })) ?? "", /^is valid from .* on only/);
  });

  it("has a key of a kind and a size that istiod and Envoy take", () => {
    assert.equal(problem(sign("P-384", { key: ["ECDSA", 0, "P384"] })), undefined);
    assert.equal(problem(sign("RSA", { key: ["RSA", 2048, "P256"] })), undefined);
    assert.match(
      problem(sign("small", { key: ["RSA", 1024, "P256"] })) ?? "",
      /^has an RSA key of 1024 bits/,
    );
    assert.match(
      problem(sign("P-521", { key: ["ECDSA", 0, "P521"] })) ?? "",
      /^has a key on the curve secp521r1/,
    );
    assert.match(
      problem(sign("Ed25519", { key: ["ED25519", 0, "P256"] })) ?? "",
      /^has a key of kind ed25519/,
    );
  });
});

describe("an intermediate", () => {
  const problem = (...signed: { certificate: string }[]) => chainProblem(of(...signed), of(root)[0], NOW);

  it("leads to the root, directly or by its issuers", () => {
    assert.equal(problem(intermediate), undefined);
    assert.equal(problem(below, intermediate), undefined);
  });

  it("is refused where the chain has a gap, or another end", () => {
    assert.match(problem(below) ?? "", /^is not signed by the root; .*issuers between them/);
    assert.match(problem(sign("stranger", { by: other })) ?? "", /^is not signed by the root/);
    assert.match(problem(intermediate, below) ?? "", /^certificate 1 of 2 is not signed by the one after it/);
    // The same name is not the same key.
    assert.match(problem(sign("imposter", { by: sign("root") })) ?? "", /^is not signed by the root/);
  });

  it("is refused where any certificate of the chain is no valid authority's", () => {
    assert.match(
      problem(sign("leaf alone", { by: root, isCa: false })) ?? "",
      /^is not a certificate authority's/,
    );
    const old = sign("old", { by: root, from: -20, days: -1 });
    assert.match(problem(sign("young", { by: old }), old) ?? "", /^certificate 2 of 2 expired on/);
    const leaf = sign("leaf", { by: root, isCa: false });
    assert.match(
      problem(sign("below a leaf", { by: leaf }), leaf) ?? "",
      /^certificate 2 of 2 is not a certificate authority's/,
    );
    assert.match(chainProblem(undefined, undefined, NOW) ?? "", /^is no certificate in PEM/);
  });

  it("is not the root, whose key would be in the cluster", () => {
    assert.match(problem(root) ?? "", /^is the root itself/);
  });
});

describe("a private key", () => {
  const [certificate] = of(intermediate);

  it("belongs to its certificate", () => {
    assert.equal(keyProblem(intermediate.privateKey, certificate), undefined);
    assert.match(keyProblem(root.privateKey, certificate) ?? "", /^is not the key of the certificate/);
    // Without a certificate, which is told of by itself, any key will do.
    assert.equal(keyProblem(root.privateKey, undefined), undefined);
  });

  it("is never in a message", () => {
    for (const text of [undefined, 1, "", "hunter2", root.certificate]) {
      const message = keyProblem(text, certificate) ?? "";
      assert.match(message, /^is no private key in PEM without a passphrase/);
      assert.doesNotMatch(message, /hunter2/);
    }
  });
});
