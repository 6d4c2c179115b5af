import assert from "node:assert/strict";
import { ISTIO_LINES as ours } from "../../components/config/versions";
import { ISTIO_LINES as theirs, LAST_WITH_OPERATOR } from "../../policy/read/versions";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";
import { programResources } from "./programResources";

const provider = (name: string) => `urn:pulumi:us-east1::mesh::pulumi:providers:kubernetes::${name}`;

const operator: Resource = {
  type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
  provider: provider("us-east1"),
  props: { spec: { revision: "1-23-6", tag: "1.23.6", hub: "docker.io/istio" } },
};

const deployment = (image: string, name = "istio-operator"): Resource => ({
  ...operator,
  type: "kubernetes:apps/v1:Deployment",
  props: { spec: { template: { spec: { containers: [{ name, image }] } } } },
});

const chart = (props: Record<string, unknown>): Resource => ({
  ...operator,
  type: "kubernetes:helm.sh/v3:Release",
  props: { repositoryOpts: { repo: "https://istio-release.storage.googleapis.com/charts" }, ...props },
});

const cluster = (name: string, props: Record<string, unknown>): Resource => ({
  type: "gcp:container/cluster:Cluster",
  name,
  props,
});

const others = {
  "an operator of others": deployment("quay.io/tigera/operator:v1.22.0", "tigera-operator"),
  "a chart of others": chart({
    chart: "gateway",
    version: "1.22.0",
    repositoryOpts: { repo: "https://charts.example.com" },
  }),
  "an IstioOperator that names no version": { ...operator, props: { spec: { revision: "stable" } } },
  "a Deployment of an application": deployment("shop:1.20.0", "shop"),
};

describe("the pack's table of Istio versions", () => {
  it("says what the program's says", () => {
    const expected = ours.map(({ minor, published, measured, endOfLife }) =>
      measured ? { minor, published, measured, endOfLife } : { minor, published, endOfLife },
    );
    const same = theirs.filter(({ minor }) => ours.some((line) => line.minor === minor));
    assert.deepEqual(same, expected);
    assert.equal(ours.at(-1)?.minor, LAST_WITH_OPERATOR);
  });

  it("has no gap, and no line twice", () => {
    const minors = theirs.map(({ minor }) => minor);
    assert.deepEqual(
      minors,
      minors.map((_, index) => (minors[0] ?? NaN) + index),
    );
  });
});

describe("istio-kubernetes-pair", () => {
  const rule = "istio-kubernetes-pair";
  const on = (version: unknown, name = "us-east1") => cluster(name, { minMasterVersion: version });

  it("has nothing to say about pairs of the table", () => {
    for (const version of ["1.27", "1.30.2-gke.100", "1.33"]) {
      assert.deepEqual(judge(rule, [operator, on(version)]), { findings: [] });
    }
  });

  it("refuses others, and says what to write", () => {
    const { findings } = judge(rule, [{ ...operator, name: "istiod" }, on("1.35")]);
    assert.deepEqual(
      findings.map(({ message }) => message),
      [
        `spec.tag is "1.23.6": Istio 1.23 works on Kubernetes 1.27 to 1.30 and 1.33, not on 1.35; write another Kubernetes version (minMasterVersion of us-east1)`,
      ],
    );
    assert.match(findings[0]?.urn ?? "", /IstioOperator::istiod$/);
    assert.match(messages(rule, [operator, on("1.26")]).join(), /not on 1\.26; write a version of 1\.21/);
  });

  it("judges what the control plane really runs", () => {
    const upgraded = cluster("us-east1", { minMasterVersion: "1.30", masterVersion: "1.31.4-gke.1" });
    assert.match(messages(rule, [operator, upgraded]).join(), /not on 1\.31.*\(masterVersion of us-east1\)/);
  });

  for (const [what, resource, field] of [
    ["an IstioOperator's tag", operator, "spec.tag"],
    [
      "an IstioOperator's values",
      { ...operator, props: { spec: { values: { global: { tag: "1.23.6-distroless" } } } } },
      "spec.values.global.tag",
    ],
    [
      "an IstioOperator's revision",
      { ...operator, props: { spec: { revision: "1-23-6" } } },
      "spec.revision",
    ],
    ["the operator's image", deployment("registry.example.com:5000/istio/operator:1.23.6", "it"), "image"],
    ["the operator's image of a mirror", deployment("mirror.example.com/operator:1.23.6"), "image"],
    ["istiod's image", deployment("docker.io/istio/pilot:1.23.6@sha256:00", "discovery"), "image"],
    ["a chart", chart({ chart: "istiod", version: "1.23.6" }), "version"],
    [
      "a chart in a registry",
      chart({ chart: "oci://gcr.io/istio-release/charts/gateway", version: "1.23.6", repositoryOpts: {} }),
      "version",
    ],
    ["a chart's file", chart({ chart: "./istio/istiod-1.23.6.tgz", repositoryOpts: {} }), "chart"],
  ] as [string, Resource, string][]) {
    it(`reads ${what}`, () => {
      const [message = "", ...more] = messages(rule, [resource, on("1.32")]);
      assert.match(message, /Istio 1\.23 works on/);
      assert.ok(message.split(" is ")[0]?.endsWith(field), message);
      assert.equal(more.length, 0);
    });
  }

  for (const [what, resource] of Object.entries(others)) {
    it(`has nothing to say about ${what}`, () => {
      assert.deepEqual(judge(rule, [resource, on("1.35")]), { findings: [] });
    });
  }

  it("knows that later lines have no operator, with a cluster or without", () => {
    const late = { ...operator, props: { spec: { tag: "1.26.1" } } };
    assert.match(messages(rule, [late]).join(), /the in-cluster operator ends with Istio 1\.23/);
    assert.match(messages(rule, [deployment("istio/operator:1.24.0")]).join(), /ends with Istio 1\.23/);
    assert.deepEqual(judge(rule, [chart({ chart: "istiod", version: "1.26.1" }), on("1.33")]), {
      findings: [],
    });
  });

  it("finds a line that it does not know, and takes tried pairs from the configuration", () => {
    const newest = [chart({ chart: "istiod", version: "1.99.0" }), on("1.36")];
    assert.match(messages(rule, newest).join(), /nothing is known of Istio 1\.99 on Kubernetes 1\.36.*pairs/);
    assert.deepEqual(judge(rule, newest, { pairs: ["1.99/1.36"] }), { findings: [] });
  });

  it("judges the cluster that the provider is named after, among several", () => {
    const west = { ...operator, name: "west", provider: provider("us-west1") };
    const { findings } = judge(rule, [operator, west, on("1.33"), on("1.35", "us-west1")]);
    assert.deepEqual(
      findings.map(({ urn }) => urn.split("::").at(-1)),
      ["west"],
    );
  });

  it("takes the only cluster beside the only provider for its own, and guesses nothing else", () => {
    const named = (name: string) => ({ ...operator, name, provider: provider(name) });
    assert.equal(messages(rule, [named("k8s"), on("1.35")]).length, 1);
    assert.deepEqual(judge(rule, [named("k8s"), named("other"), on("1.35")]), { findings: [] });
    assert.deepEqual(judge(rule, [named("k8s"), on("1.35"), on("1.35", "us-west1")]), { findings: [] });
    assert.deepEqual(judge(rule, [named("k8s")]), { findings: [] });
  });

  for (const [what, resources] of Object.entries({
    "the tag": [{ ...operator, props: changed(operator.props, "spec.tag", UNKNOWN) }, on("1.35")],
    "the wanted version": [operator, on(UNKNOWN)],
    "the running version": [
      operator,
      cluster("us-east1", { minMasterVersion: "1.33", masterVersion: UNKNOWN }),
    ],
  })) {
    it(`neither refuses nor passes while ${what} is unknown`, () => {
      const { findings, undecided } = judge(rule, resources);
      assert.deepEqual(findings, []);
      assert.ok(undecided);
    });
  }

  it("judges the real program in both stacks", async () => {
    for (const resources of Object.values(await programResources())) {
      const upgraded = resources.map((resource) =>
        resource.type === "gcp:container/cluster:Cluster"
          ? { ...resource, props: { ...resource.props, minMasterVersion: "1.35" } }
          : resource,
      );
      assert.equal(messages(rule, upgraded).length, 3, "both IstioOperators and the operator");
    }
  });
});

describe("istio-end-of-life", () => {
  const old = (line: string): Resource => ({ ...operator, props: { spec: { tag: `${line}.1` } } });
  testRule({
    rule: "istio-end-of-life",
    compliant: operator,
    broken: [
      ["spec.tag", "1.22.8", /^spec\.tag is "1\.22\.8": Istio 1\.22 had its end of life on 2025-01-22/],
      ["spec.tag", "1.14.6", /1\.14 had its end of life on 2022-12-27/],
    ],
    accepted: [["spec.tag", "1.99.0"]],
    others,
  });

  it("takes the lines that are run on from the configuration", () => {
    assert.equal(messages("istio-end-of-life", old("1.23"), { accepted: [] }).length, 1);
    assert.equal(messages("istio-end-of-life", old("1.22"), { accepted: ["1.22", "1.23"] }).length, 0);
  });
});
