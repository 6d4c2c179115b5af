import assert from "node:assert/strict";
import type { Provider, ResourceRequest } from "../../../rehearsal/engine/providers/base";
import { privateKey, selfSignedCert } from "../../../rehearsal/engine/providers/tls/resources";
import { stateProvider } from "../../../rehearsal/engine/providers/stateResource";
import { isUnknown, UNKNOWN, type Properties } from "../../../rehearsal/engine/providers/values";

const provider = stateProvider("test", "1.0.0", {
  key: privateKey,
  certificate: selfSignedCert,
});

const request = (type: string): ResourceRequest => ({
  type,
  urn: `urn:pulumi:s::p::${type}::n`,
  name: "n",
  signal: new AbortController().signal,
  log: () => {},
  status: () => {},
});

const call = <M extends keyof Provider>(method: M) => provider[method] as NonNullable<Provider[M]>;

const check = async (type: string, news: Properties) => {
  const result = await call("check")({ ...request(type), olds: {}, news, randomSeed: new Uint8Array() });
  return (result.failures ?? []).map(({ property, reason }) => `${property}: ${reason}`);
};
const create = (type: string, inputs: Properties, preview = false) =>
  call("create")({ ...request(type), inputs, preview });
const diff = async (type: string, oldInputs: Properties, news: Properties, olds: Properties = {}) => {
  const result = await call("diff")({ ...request(type), id: "x", olds, oldInputs, news, ignoreChanges: [] });
  return result.detailedDiff;
};

describe("arguments of a resource that lives in state only", () => {
  it("are refused when missing, unknown by name, of a wrong type or out of range", async () => {
    assert.match(
      (await check("certificate", { privateKeyPem: "k", allowedUses: [] })).join(),
      /validityPeriodHours: Missing required argument. The argument "validity_period_hours"/,
    );
    assert.match(
      (await check("key", { algorithm: "RSA", rsaBit: 1 })).join(),
      /rsaBit: An argument named "rsaBit"/,
    );
    assert.match(
      (await check("key", { algorithm: "RSA", rsaBits: "4096" })).join(),
      /rsaBits: Incorrect attribute value type/,
    );
    const early = { privateKeyPem: "k", validityPeriodHours: 1, allowedUses: [], earlyRenewalHours: -1 };
    assert.match((await check("certificate", early)).join(), /earlyRenewalHours: .*at least 0, got: -1/);
  });

  it("pass while they are unknown", async () => {
    assert.deepEqual(await check("key", { algorithm: UNKNOWN, rsaBits: UNKNOWN }), []);
  });

  it("name the allowed uses in snake case", async () => {
    const inputs = {
      privateKeyPem: "k",
      validityPeriodHours: 1,
      allowedUses: ["cert_signing", "crlSigning"],
    };
    assert.match(
      (await check("certificate", inputs)).join(),
      /^allowedUses\[1\]: .*"crl_signing".* got: "crlSigning"/,
    );
  });

  it("refuse a subject's unknown members", async () => {
    const inputs = {
      privateKeyPem: "k",
      validityPeriodHours: 1,
      allowedUses: [],
      subject: { commonname: "x" },
    };
    assert.match((await check("certificate", inputs)).join(), /subject.commonname: /);
  });
});

describe("a resource that lives in state only", () => {
  it("has unknown computed outputs and defaults in preview", async () => {
    const { id, outputs } = await create("key", { algorithm: "ECDSA" }, true);
    assert.equal(id, "");
    assert.ok(isUnknown(outputs.publicKeyPem));
    assert.equal(outputs.ecdsaCurve, "P224");
  });

  it("is replaced when an argument changes or becomes unknown, and not for a default written out", async () => {
    const algorithm = "RSA";
    const longer = { algorithm, rsaBits: 4096 };
    assert.deepEqual(await diff("key", longer, { algorithm, rsaBits: 3072 }), { rsaBits: "update-replace" });
    assert.deepEqual(await diff("key", longer, { algorithm, rsaBits: UNKNOWN }), {
      rsaBits: "update-replace",
    });
    assert.deepEqual(await diff("key", longer, { algorithm }), { rsaBits: "delete-replace" });
    assert.deepEqual(await diff("key", { algorithm }, { algorithm, rsaBits: 2048 }), {});
  });

  it("refuses a type that it does not have, with the way out", async () => {
    await assert.rejects(create("shuffle", {}), /has no resource shuffle.*--providers real/);
  });
});

describe("renewal of a certificate", () => {
  const inputs = { privateKeyPem: "k", validityPeriodHours: 10, allowedUses: [] };
  const endsIn = (hours: number) => ({
    validityEndTime: new Date(Date.now() + hours * 3_600_000).toISOString(),
  });

  it("replaces it once the early renewal period has begun, with no argument changed", async () => {
    const early = { ...inputs, earlyRenewalHours: 3 };
    assert.deepEqual(await diff("certificate", early, early, endsIn(4)), {});
    assert.deepEqual(await diff("certificate", early, early, endsIn(2)), {
      readyForRenewal: { kind: "update-replace", inputDiff: false },
    });
  });

  it("changes the period in place", async () => {
    assert.deepEqual(await diff("certificate", inputs, { ...inputs, earlyRenewalHours: 3 }, endsIn(4)), {
      earlyRenewalHours: "add",
    });
  });

  it("shows in a refresh", async () => {
    const outputs = { ...inputs, earlyRenewalHours: 0, readyForRenewal: false, ...endsIn(-1) };
    const read = await call("read")({ ...request("certificate"), id: "1", inputs, outputs });
    assert.equal(read.outputs.readyForRenewal, true);
  });
});
