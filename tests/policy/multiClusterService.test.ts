import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";

const others = {
  "an Ingress of one cluster": { type: "kubernetes:networking.k8s.io/v1:Ingress", props: { spec: {} } },
};

const link = "spec.clusters[0].link";
const service: Resource = {
  type: "kubernetes:networking.gke.io/v1:MultiClusterService",
  props: {
    metadata: { name: "edge", namespace: "istio-gateways" },
    spec: {
      template: { spec: { selector: { app: "istio-ingressgateway", istio: "ingressgateway" } } },
      clusters: [{ link: "us-east1/us-east1" }, { link: "us-central1-a/mesh" }],
    },
  },
};

describe("multi-cluster-service-backends", () => {
  const selector = "spec.template.spec.selector";
  testRule({
    rule: "multi-cluster-service-backends",
    compliant: service,
    broken: [
      [
        `${selector}.app`,
        "shop",
        /has app "shop": other pods than the ingress gateway's; write "istio-ingress/,
      ],
      [`${selector}.istio`, "eastwestgateway", /has istio "eastwestgateway"/],
      [selector, { app: "shop" }, /has app "shop"/],
      [selector, { tier: "front" }, /is \{"tier":"front"\}: other pods/],
      [selector, undefined, /is \{\}: other pods/],
      [link, "us-east1", /link is "us-east1": write LOCATION\/CLUSTER, such as us-east1\/my-cluster/],
      [link, "my-project/us-east1/us-east1", /write LOCATION/],
      [link, undefined, /link is missing/],
    ],
    accepted: [
      ["spec.clusters", undefined],
      [`${selector}.app`, undefined],
      [`${selector}["istio.io/rev"]`, "1-23-6"],
      [link, "europe-west1/of-another-stack"],
    ],
    others: {
      ...others,
      "a MultiClusterService of other pods": {
        ...service,
        props: {
          metadata: { name: "shop", namespace: "shop" },
          spec: { template: { spec: { selector: { app: "shop" } } } },
        },
      },
    },
  });
});

describe("multi-cluster-service-clusters", () => {
  const rule = "multi-cluster-service-clusters";
  const config = { clusters: ["us-central1-a/mesh", "us-east1/us-east1"] };
  testRule({
    rule,
    config,
    compliant: service,
    broken: [
      [
        link,
        "us-east1-b/us-east1",
        /link is "us-east1-b\/us-east1".*: write one of us-central1-a\/mesh, us-east1/,
      ],
      [link, undefined, /link is missing/],
    ],
    accepted: [["spec.clusters", undefined]],
    others: { ...others, "a cluster": { type: "gcp:container/cluster:Cluster", props: { name: "shop" } } },
  });

  const cluster = (name: unknown): Resource => ({
    type: "gcp:container/cluster:Cluster",
    props: { location: "europe-west1", name },
  });
  const own = { ...service, props: changed(service.props, link, "europe-west1/shop") };

  it("knows the clusters of the stack as well", () => {
    assert.equal(messages(rule, own, config).length, 1);
    assert.deepEqual(judge(rule, [own, cluster("shop")], config), { findings: [] });
  });

  it("is undecided while a cluster's name is unknown", () => {
    const { findings, undecided } = judge(rule, [own, cluster(UNKNOWN)], config);
    assert.deepEqual(findings, []);
    assert.ok(undecided);
  });

  it("judges nothing where the clusters of other stacks are not configured", () => {
    assert.deepEqual(judge(rule, [own, cluster("another")]), { findings: [] });
  });
});
