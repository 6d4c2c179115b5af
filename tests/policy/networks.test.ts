import assert from "node:assert/strict";
import { testRule } from "./cases";
import { judge, messages, type Resource, UNKNOWN } from "./harness";

const NETWORK = "topology.istio.io/network";

function namespace(cluster: string, network?: unknown, name = "istio-system"): Resource {
  return {
    type: "kubernetes:core/v1:Namespace",
    name: `${cluster}-${name}`,
    provider: `urn:pulumi:us-east1::mesh::pulumi:providers:kubernetes::${cluster}`,
    props: { metadata: { name, labels: network === undefined ? {} : { [NETWORK]: network } } },
  };
}

function operator(cluster: string, network?: unknown): Resource {
  return {
    ...namespace(cluster),
    type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
    name: `${cluster}-istiod`,
    props: { spec: { values: { global: { network } } } },
  };
}

function istiod(cluster: string, network?: string, type = "kubernetes:helm.sh/v3:Release"): Resource {
  return {
    ...namespace(cluster),
    type,
    name: `${cluster}-istiod`,
    props: { chart: "istiod", values: { global: { network } } },
  };
}

describe("namespace-network-label", () => {
  const rule = "namespace-network-label";
  testRule({
    rule,
    compliant: namespace("us-east1", "us-east1"),
    broken: [
      [`metadata.labels["${NETWORK}"]`, undefined, /is missing: write the cluster's network/],
      [`metadata.labels["${NETWORK}"]`, "", /write the cluster's network/],
    ],
    others: { "another namespace": namespace("us-east1", undefined, "shop") },
  });

  it("takes the namespaces from the configuration", () => {
    const config = { namespaces: ["istio"] };
    assert.equal(messages(rule, namespace("us-east1", undefined, "istio"), config).length, 1);
    assert.equal(messages(rule, namespace("us-east1"), config).length, 0);
  });
});

describe("networks-unique", () => {
  const rule = "networks-unique";
  const two = (east: unknown, central: unknown) => [
    namespace("us-east1", east),
    operator("us-east1", "one"),
    namespace("us-central1", central),
  ];

  it("has nothing to say about clusters that are networks of their own", () => {
    assert.deepEqual(judge(rule, two("one", "two")), { findings: [] });
  });

  it("refuses a network that two clusters share, at the second of them", () => {
    const { findings } = judge(rule, two("one", "one"));
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.urn ?? "", /us-central1-istio-system$/);
    assert.match(
      findings[0]?.message ?? "",
      /is "one", which is also the network of us-east1: write one of its own/,
    );
  });

  it("refuses two names for the network of one cluster", () => {
    assert.match(
      messages(rule, two("three", "two")).join(),
      /is "one" and elsewhere in this cluster "three"/,
    );
  });

  it("refuses an IstioOperator that names none", () => {
    assert.match(messages(rule, [operator("us-east1")]).join(), /global\.network is missing/);
  });

  for (const type of ["v3:Release", "v3:Chart", "v4:Chart"].map((kind) => `kubernetes:helm.sh/${kind}`)) {
    it(`reads an istiod chart's values: ${type}`, () => {
      const found = (...resources: Resource[]) => messages(rule, resources).join();
      const east = istiod("us-east1", "one", type);
      assert.equal(found(namespace("us-east1", "one"), east, istiod("us-central1", "two", type)), "");
      assert.match(
        found(east, istiod("us-central1", "one", type)),
        /^values\.global\.network is "one", which is also the network of us-east1/,
      );
      assert.match(
        found(namespace("us-east1", "two"), east),
        /^values\.global\.network is "one" and elsewhere/,
      );
      assert.match(found(istiod("us-east1", undefined, type)), /^values\.global\.network is missing/);
    });
  }

  it("has nothing to say about another chart, and values in a file", () => {
    const release = istiod("us-east1");
    const gateway = { ...release, props: { chart: "gateway", values: { global: { network: "one" } } } };
    const inFile = { ...release, props: { chart: "istiod", valueYamlFiles: ["mesh.yaml"] } };
    assert.deepEqual(judge(rule, [namespace("us-east1", "two"), gateway, inFile]), { findings: [] });
  });

  it("is undecided about a network that is unknown, and judges the others", () => {
    const resources = [...two("one", "one"), namespace("us-west1", UNKNOWN)];
    const { findings, undecided } = judge(rule, resources);
    assert.equal(findings.length, 1);
    assert.ok(undecided);
  });

  it("has nothing to say about other namespaces and resources", () => {
    const others = [
      namespace("us-east1", undefined, "shop"),
      { type: "gcp:compute/network:Network", props: {} },
    ];
    assert.deepEqual(judge(rule, others), { findings: [] });
  });

  it("tells a thousand clusters apart", () => {
    const many = Array.from({ length: 1000 }, (_, index) => namespace(`c${index}`, `n${index}`));
    assert.deepEqual(judge(rule, many), { findings: [] });
  });
});

describe("a stack rule", () => {
  it("is undecided about what a provider will make that is not configured yet", () => {
    const blank = { type: "kubernetes:core/v1:Namespace", name: "istio-system", props: {}, provider: "p" };
    const { findings, undecided } = judge("networks-unique", [blank]);
    assert.deepEqual(findings, []);
    assert.match(undecided ?? "", /istio-system can't be known during preview/);
  });
});
