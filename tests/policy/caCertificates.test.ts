import assert from "node:assert/strict";
import { authority, type AuthorityOptions, cacerts, encoded, root } from "./authorities";
import { type Cases, testRule } from "./cases";
import { messages, type Resource } from "./harness";

const intermediate = authority("us-east1", { signer: root });
const compliant = cacerts(intermediate);
const others: Cases["others"] = {
  "another Secret": {
    type: "kubernetes:core/v1:Secret",
    props: {
      metadata: { name: "shop" },
      stringData: { "ca-cert.pem": authority("shop", { isCa: false }).certificate },
    },
  },
  "a Secret that cannot be read": {
    type: "kubernetes:core/v1:Secret",
    props: { metadata: { name: "cacerts" }, stringData: { "ca-cert.pem": "no certificate" } },
  },
};
const SECRET_FIELDS = ["ca-cert.pem", "root-cert.pem", "cert-chain.pem"];

/** Such a certificate in each of the places. */
function everywhere(options: AuthorityOptions, finding: RegExp): Cases["broken"] {
  const { certificate } = authority("bad", options);
  return SECRET_FIELDS.map((key) => [`stringData["${key}"]`, certificate, finding]);
}

function certificate(type: string, props: Resource["props"]): Resource {
  return { type: `tls:index/${type}`, props };
}

const ROOT = certificate("selfSignedCert:SelfSignedCert", {
  isCaCertificate: true,
  allowedUses: ["digital_signature", "cert_signing"],
  validityPeriodHours: 87600,
});
const INTERMEDIATE = { ...ROOT, type: "tls:index/locallySignedCert:LocallySignedCert" };
const SERVING = certificate("selfSignedCert:SelfSignedCert", {
  allowedUses: ["digital_signature", "server_auth"],
  validityPeriodHours: 24,
});

describe("ca-certificates-may-sign", () => {
  const rule = "ca-certificates-may-sign";
  testRule({
    rule,
    compliant,
    broken: [
      ...everywhere(
        { isCa: false },
        /has a certificate without CA:TRUE and keyCertSign: nobody trusts what it signs/,
      ),
      ...everywhere({ uses: ["digital_signature", "crl_signing"] }, /without CA:TRUE and keyCertSign/),
    ],
    accepted: [[`stringData["root-cert.pem"]`, authority("no key usage", { uses: [] }).certificate]],
    others: { ...others, "a serving certificate": SERVING },
  });
  for (const resource of [ROOT, INTERMEDIATE]) {
    describe(`on ${resource.type}`, () => {
      testRule({
        rule,
        compliant: resource,
        broken: [
          ["isCaCertificate", false, /^isCaCertificate is false: write true, or leave "cert_signing" out/],
          ["isCaCertificate", undefined, /is missing: write true/],
          ["allowedUses", ["digital_signature"], /^allowedUses is \["digital_signature"\]: .* add it$/],
          ["allowedUses[1]", "crl_signing", /has "cert_signing"; add it/],
        ],
        others,
      });
    });
  }

  it("judges a certificate once, though the chain has it too, and reads data as well", () => {
    const bad = authority("us-east1", { signer: root, isCa: false });
    assert.equal(messages(rule, encoded(cacerts(bad))).length, 1);
  });
});

describe("ca-certificates-lasting", () => {
  const rule = "ca-certificates-lasting";
  testRule({
    rule,
    compliant,
    broken: [
      ...everywhere({ to: 29.5 }, /expires in 29 days \(.*\): write one that lasts 30 days or more/),
      ...everywhere({ from: -10, to: -1 }, /expired at .*: write a new one/),
      ...everywhere({ from: 1 }, /is valid from .* on: write one that is valid now/),
    ],
    others: { ...others, "a serving certificate": SERVING },
  });
  for (const resource of [ROOT, INTERMEDIATE]) {
    describe(`on ${resource.type}`, () => {
      testRule({
        rule,
        compliant: resource,
        broken: [
          ["validityPeriodHours", 719, /^validityPeriodHours is 719: write 720 or more, 30 days$/],
          ["validityPeriodHours", undefined, /is missing: write 720 or more/],
        ],
        accepted: [["validityPeriodHours", 720]],
        others,
      });
    });
  }

  it("takes the days from the configuration", () => {
    const config = { minDaysLeft: 400 };
    assert.equal(messages(rule, compliant, config).length, 2);
    assert.equal(messages(rule, cacerts(authority("short", { to: 2 })), { minDaysLeft: 1 }).length, 0);
  });
});

describe("keys-strong", () => {
  const rule = "keys-strong";
  testRule({
    rule,
    compliant,
    broken: [
      ...everywhere({ algorithm: "RSA", rsaBits: 1024 }, /whose key is 1024: write 2048 bits or more/),
      ...everywhere({ curve: "P521" }, /whose key is "P521": write P256 or P384/),
      ...everywhere({ algorithm: "ED25519" }, /whose key is "ED25519": write RSA or ECDSA/),
    ],
    accepted: [
      [`stringData["root-cert.pem"]`, authority("rsa", { algorithm: "RSA" }).certificate],
      [`stringData["root-cert.pem"]`, authority("p384", { curve: "P384" }).certificate],
    ],
    others: { ...others, "a certificate of the tls provider": SERVING },
  });

  const type = "tls:index/privateKey:PrivateKey";
  describe("on an RSA key of the tls provider", () => {
    testRule({
      rule,
      compliant: { type, props: { algorithm: "RSA", rsaBits: 4096 } },
      broken: [
        ["algorithm", "ED25519", /^algorithm is "ED25519": write RSA or ECDSA$/],
        ["algorithm", undefined, /^algorithm is missing/],
        ["rsaBits", 1024, /^rsaBits is 1024: write 2048 bits or more$/],
      ],
      // The provider's default is 2048.
      accepted: [["rsaBits", undefined]],
      others,
    });
  });
  describe("on an ECDSA key of the tls provider", () => {
    testRule({
      rule,
      compliant: { type, props: { algorithm: "ECDSA", ecdsaCurve: "P256" } },
      broken: [
        ["ecdsaCurve", "P224", /^ecdsaCurve is "P224": write P256 or P384$/],
        // The provider's default is P224.
        ["ecdsaCurve", undefined, /^ecdsaCurve is missing: write P256 or P384$/],
      ],
      accepted: [["ecdsaCurve", "P384"]],
      others,
    });
  });

  it("takes kinds and sizes from the configuration", () => {
    const key = (props: Resource["props"]) => ({ type, props });
    assert.deepEqual(messages(rule, key({ algorithm: "ED25519" }), { algorithms: ["ED25519"] }), []);
    assert.equal(messages(rule, key({ algorithm: "RSA", rsaBits: 3072 }), { minRsaBits: 4096 }).length, 1);
    assert.deepEqual(
      messages(rule, key({ algorithm: "ECDSA", ecdsaCurve: "P521" }), { curves: ["P521"] }),
      [],
    );
  });
});
