import assert from "node:assert/strict";
import {
  configValue,
  copySecrets,
  equal,
  hasSecret,
  hasUnknown,
  isSecret,
  isUnknown,
  marshal,
  plain,
  secret,
  UNKNOWN,
  unmarshal,
} from "../../../rehearsal/engine/providers/values";

describe("property values", () => {
  it("survive the way to the engine and back", () => {
    const values = {
      text: "a",
      count: 3,
      on: false,
      none: null,
      list: [1, "b", { c: UNKNOWN }],
      key: secret({ pem: "-----BEGIN" }),
    };
    const back = unmarshal(marshal(values));
    assert.deepEqual(back.list, values.list);
    assert.ok(isSecret(back.key));
    assert.deepEqual(plain(back), { ...values, key: { pem: "-----BEGIN" } });
  });

  it("leave out what is undefined", () => {
    assert.deepEqual(unmarshal(marshal({ a: undefined, b: 1 })), { b: 1 });
  });

  it("use the engine's own markers on the wire", () => {
    assert.deepEqual(marshal({ s: secret("x"), u: UNKNOWN }).toJavaScript(), {
      s: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "x" },
      u: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
  });

  it("tell unknown and secret members at any depth", () => {
    assert.ok(hasUnknown({ a: [{ b: secret(UNKNOWN) }] }));
    assert.ok(!hasUnknown({ a: ["04da"] }));
    assert.ok(hasSecret([{ a: secret(1) }]));
    assert.ok(isUnknown(UNKNOWN) && !isUnknown("text"));
  });

  it("compare without regard to secretness, and never equal an unknown", () => {
    assert.ok(equal({ a: secret([1]) }, { a: [1], b: undefined }));
    assert.ok(!equal(UNKNOWN, UNKNOWN));
    assert.ok(!equal([1, 2], [1]));
    assert.ok(!equal({ a: 1 }, { b: 1 }));
  });

  it("take secretness over to the same places", () => {
    const marked = copySecrets(
      { data: { key: secret("k"), name: "n" } },
      { data: { key: "K", name: "N" }, id: 1 },
    );
    assert.deepEqual(marked, { data: { key: secret("K"), name: "N" }, id: 1 });
  });
});

describe("a provider's own arguments", () => {
  it("come back from JSON text", () => {
    assert.equal(configValue("true"), true);
    assert.deepEqual(configValue(secret('{"a":[1]}')), { a: [1] });
  });

  it("stay text when they are not JSON", () => {
    assert.equal(configValue("apiVersion: v1\nkind: Config"), "apiVersion: v1\nkind: Config");
    assert.equal(configValue("us-east1"), "us-east1");
  });
});
