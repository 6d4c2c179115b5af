import assert from "node:assert/strict";
import type { Provider, ResourceRequest } from "../../../rehearsal/engine/providers/base";
import { randomId, randomPassword, randomString } from "../../../rehearsal/engine/providers/random/resources";
import { selfSignedCert } from "../../../rehearsal/engine/providers/tls/resources";
import { stateProvider } from "../../../rehearsal/engine/providers/stateResource";
import { isUnknown, UNKNOWN, type Properties } from "../../../rehearsal/engine/providers/values";

const provider = stateProvider("test", "1.0.0", {
  id: randomId,
  string: randomString,
  password: randomPassword,
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

describe("arguments of tls and random resources", () => {
  it("are refused when missing, unknown by name, of a wrong type or out of range", async () => {
    assert.match(
      (await check("id", {})).join(),
      /byteLength: Missing required argument. The argument "byte_length"/,
    );
    assert.match(
      (await check("id", { byteLength: 4, lenght: 1 })).join(),
      /lenght: An argument named "lenght"/,
    );
    assert.match(
      (await check("id", { byteLength: "4" })).join(),
      /byteLength: Incorrect attribute value type/,
    );
    assert.match((await check("string", { length: 0 })).join(), /length: .*at least 1, got: 0/);
    assert.match((await check("string", { length: 1, minLower: 2 })).join(), /length: .*sum of/);
  });

  it("pass while they are unknown", async () => {
    assert.deepEqual(await check("id", { byteLength: UNKNOWN, prefix: UNKNOWN }), []);
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
    const { id, outputs } = await create("string", { length: 3 }, true);
    assert.equal(id, "");
    assert.ok(isUnknown(outputs.result));
    assert.equal(outputs.special, true);
  });

  it("is replaced when an argument changes or becomes unknown, and not for a default written out", async () => {
    assert.deepEqual(await diff("string", { length: 3 }, { length: 4 }), { length: "update-replace" });
    assert.deepEqual(await diff("string", { length: 3 }, { length: UNKNOWN }), { length: "update-replace" });
    assert.deepEqual(await diff("string", { length: 3, special: false }, { length: 3 }), {
      special: "delete-replace",
    });
    assert.deepEqual(await diff("string", { length: 3 }, { length: 3, special: true }), {});
  });

  it("keeps text, password and id apart in what they show", async () => {
    const text = await create("string", { length: 12, special: false });
    assert.equal(text.id, text.outputs.result);
    assert.match(text.id, /^[A-Za-z0-9]{12}$/);
    const password = await create("password", { length: 40, minSpecial: 5, overrideSpecial: "_" });
    assert.equal(password.id, "none");
    assert.match(password.outputs.result as string, /^(?=(.*_){5})[\w]{40}$/);
    const id = await create("id", { byteLength: 4, prefix: "p-" });
    assert.equal(id.outputs.b64Url, `p-${id.id}`);
    assert.match(id.outputs.hex as string, /^p-[0-9a-f]{8}$/);
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
