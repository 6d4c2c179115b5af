import assert from "node:assert/strict";
import { authority, cacerts, encoded, pem, root } from "./authorities";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";

const otherRoot = authority("Root CA");
const regional = authority("Regional CA", { signer: root });
const east = authority("us-east1", { signer: regional });
const central = authority("us-central1", { signer: root });
const stranger = authority("us-west1", { signer: otherRoot });

const SHOP: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: { metadata: { name: "shop" }, stringData: { "ca-cert.pem": "-" } },
};
/** No istiod reads it. */
const ELSEWHERE: Resource = {
  type: "kubernetes:core/v1:Secret",
  props: { metadata: { name: "cacerts", namespace: "shop" }, stringData: { "ca.crt": "-" } },
};
const CONFIG_MAP: Resource = {
  type: "kubernetes:core/v1:ConfigMap",
  props: { metadata: { name: "cacerts" } },
};

describe("cacerts-chained", () => {
  const rule = "cacerts-chained";
  testRule({
    rule,
    compliant: cacerts(east, [regional, root]),
    broken: [
      [
        `stringData["root-cert.pem"]`,
        pem(otherRoot),
        /^data\["ca-cert\.pem"\] does not chain to root-cert\.pem/,
      ],
      [`stringData["cert-chain.pem"]`, pem(east, root), /does not chain to root-cert\.pem/],
      [`stringData["cert-chain.pem"]`, pem(regional, root), /^data\["cert-chain\.pem"\] lacks ca-cert\.pem/],
      [
        `stringData["ca-key.pem"]`,
        central.key,
        /^data\["ca-key\.pem"\] is the key of another certificate: write that of ca-cert\.pem$/,
      ],
    ],
    accepted: [
      [`stringData["root-cert.pem"]`, pem(otherRoot, root)],
      [`stringData["cert-chain.pem"]`, pem(east, regional)],
      // Those are cacerts-complete's.
      [`stringData["ca-cert.pem"]`, undefined],
      [`stringData["ca-key.pem"]`, undefined],
      [`stringData["root-cert.pem"]`, undefined],
      [`stringData["ca-key.pem"]`, "no key"],
    ],
    others: { "another Secret": SHOP, "another namespace's": ELSEWHERE, "a ConfigMap": CONFIG_MAP },
  });

  it("takes istiod's namespaces from the configuration", () => {
    const moved = changed(cacerts(east).props, "metadata.namespace", "istio-canary");
    const broken = changed(moved, `stringData["root-cert.pem"]`, pem(otherRoot));
    const secret = { type: "kubernetes:core/v1:Secret", props: broken };
    assert.deepEqual(messages(rule, secret), []);
    assert.equal(messages(rule, secret, { namespaces: ["istio-canary"] }).length, 1);
  });

  it("goes by signatures, not by names", () => {
    const forged = authority("us-east1", { signer: { ...regional, key: otherRoot.key } });
    assert.match(messages(rule, cacerts(forged, [regional, root])).join(), /does not chain/);
  });

  it("accepts a root that signs by itself, and reads data as well", () => {
    assert.deepEqual(messages(rule, cacerts(root, [])), []);
    assert.deepEqual(messages(rule, encoded(cacerts(east, [regional, root]))), []);
  });

  it("never tells a key", () => {
    const { key } = central;
    const props = changed(cacerts(east).props, `stringData["ca-key.pem"]`, key);
    const told = messages(rule, { type: "kubernetes:core/v1:Secret", props }).join();
    assert.match(told, /ca-key/);
    assert.ok(!told.includes(key.split("\n")[1] ?? ""));
  });
});

describe("cacerts-one-root", () => {
  const rule = "cacerts-one-root";
  const named = (name: string, resource: Resource) => ({ ...resource, name });
  const first = named("us-east1", cacerts(east, [regional, root]));
  const second = named("us-central1", cacerts(central));
  const third = named("us-west1", cacerts(stranger, [otherRoot], [otherRoot]));

  it("has nothing to say about clusters that share a root", () => {
    assert.deepEqual(judge(rule, [first, second, SHOP, ELSEWHERE, CONFIG_MAP]), { findings: [] });
    const apart = { ...third, props: changed(third.props, "metadata.namespace", "shop") };
    assert.deepEqual(judge(rule, [first, second, apart]), { findings: [] });
    assert.deepEqual(judge(rule, [third]), { findings: [] });
    assert.deepEqual(judge(rule, []), { findings: [] });
  });

  it("refuses roots that others do not trust, each at its own Secret", () => {
    const { findings } = judge(rule, [first, third]);
    assert.deepEqual(
      findings.map(({ urn, message }) => [urn.split("::").at(-1), message]),
      [
        ["us-east1", 'data["root-cert.pem"] is not trusted by us-west1: write the same root in all clusters'],
        ["us-west1", 'data["root-cert.pem"] is not trusted by us-east1: write the same root in all clusters'],
      ],
    );
  });

  it("accepts two roots while one replaces the other", () => {
    const both = [root, otherRoot];
    const old = named("us-east1", cacerts(central, [root], both));
    const renewed = named("us-west1", cacerts(stranger, [otherRoot], both));
    assert.deepEqual(judge(rule, [old, renewed]), { findings: [] });
    // The one that signs with the new root, which the other does not trust yet.
    assert.deepEqual(
      judge(rule, [second, renewed]).findings.map(({ urn }) => urn.split("::").at(-1)),
      ["us-west1"],
    );
  });

  it("is undecided about what is unknown, and judges the others", () => {
    for (const path of ["stringData", `stringData["root-cert.pem"]`, `stringData["ca-cert.pem"]`]) {
      const unknown = { ...second, props: changed(second.props, path, UNKNOWN) };
      const { findings, undecided } = judge(rule, [unknown, first, third]);
      assert.equal(findings.length, 2);
      assert.match(undecided ?? "", /can't be known during preview/);
    }
  });

  it("leaves what does not chain to cacerts-chained", () => {
    const broken = changed(second.props, `stringData["root-cert.pem"]`, pem(otherRoot));
    assert.deepEqual(judge(rule, [first, { ...second, props: broken }]), { findings: [] });
  });

  it("finds each of a hundred clusters of as many roots", () => {
    const many = Array.from({ length: 100 }, (_, index) => {
      const own = authority(`Root ${index}`);
      return named(`cluster-${index}`, cacerts(authority(`${index}`, { signer: own }), [own], [own]));
    });
    assert.equal(judge(rule, many).findings.length, 100);
  });
});
