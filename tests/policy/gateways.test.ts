import assert from "node:assert/strict";
import { testRule } from "./cases";
import { changed, judge, mended, messages, type Resource, UNKNOWN } from "./harness";

const TYPE = `["networking.gke.io/load-balancer-type"]`;
const OLDER_TYPE = `["cloud.google.com/load-balancer-type"]`;
const GLOBAL_ACCESS = `["networking.gke.io/internal-load-balancer-allow-global-access"]`;

const annotations = {
  "networking.gke.io/load-balancer-type": "Internal",
  "networking.gke.io/internal-load-balancer-allow-global-access": "true",
};

const ranges = ["10.16.0.0/12"];

const service: Resource = {
  type: "kubernetes:core/v1:Service",
  props: {
    metadata: { name: "istio-eastwestgateway", labels: { istio: "eastwestgateway" }, annotations },
    spec: { type: "LoadBalancer", ports: [{ port: 15443 }], loadBalancerSourceRanges: ranges },
  },
};

const eastWestGateway = {
  name: "istio-eastwestgateway",
  enabled: true,
  label: { istio: "eastwestgateway" },
  k8s: {
    serviceAnnotations: annotations,
    service: { type: "LoadBalancer", ports: [{ port: 15443 }], loadBalancerSourceRanges: ranges },
  },
};

const ingressGateway = {
  name: "istio-ingressgateway",
  enabled: true,
  label: { istio: "ingressgateway" },
  k8s: { service: { type: "ClusterIP" } },
};

const operator: Resource = {
  type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
  props: { spec: { components: { ingressGateways: [eastWestGateway, ingressGateway] } } },
};

const release: Resource = {
  type: "kubernetes:helm.sh/v3:Release",
  props: {
    chart: "gateway",
    name: "istio-eastwestgateway",
    values: { service: { annotations, loadBalancerSourceRanges: ranges } },
  },
};

const ingressService: Resource = {
  type: "kubernetes:core/v1:Service",
  props: {
    metadata: { name: "istio-ingressgateway", labels: { istio: "ingressgateway" } },
    spec: { type: "ClusterIP" },
  },
};

const plain = (props: object): Resource => ({
  type: "kubernetes:core/v1:Service",
  props: { metadata: { name: "shop" }, spec: { type: "LoadBalancer", ...props } },
});

/** What goes wrong with the fields of an east-west gateway, wherever they are. */
function broken(annotationsAt: string, rangesAt: string): [string, unknown, RegExp][] {
  return [
    [annotationsAt + TYPE, undefined, /load-balancer-type missing: a public address; write "Internal"/],
    [annotationsAt + TYPE, "External", /load-balancer-type "External": a public address/],
    [annotationsAt + GLOBAL_ACCESS, undefined, /global-access missing: other regions cannot reach it/],
    [annotationsAt + GLOBAL_ACCESS, "false", /global-access "false"/],
    [rangesAt, undefined, /is missing: GKE's firewall rule admits the world/],
    [rangesAt, [], /is missing/],
    [rangesAt, ["10.16.0.0/12", "0.0.0.0/0"], /has 0\.0\.0\.0\/0, wider than \/8/],
    [rangesAt, ["0.0.0.0/1", "128.0.0.0/1"], /has 0\.0\.0\.0\/1/],
    [rangesAt, ["::/0"], /has ::\/0/],
    [rangesAt, ["the mesh"], /has the mesh/],
  ];
}

describe("east-west-gateway-internal", () => {
  const rule = "east-west-gateway-internal";
  const others = {
    "another load balancer": plain({}),
    "an east-west gateway without a load balancer": {
      ...service,
      props: { metadata: service.props.metadata, spec: { type: "ClusterIP" } },
    },
    "the gateway chart of somebody else": {
      ...release,
      props: { ...release.props, name: "shop", chart: "kong/gateway", values: { networkGateway: "shop" } },
    },
    "an egress gateway": {
      ...operator,
      props: {
        spec: {
          components: {
            egressGateways: [{ name: "istio-egressgateway", k8s: { service: { type: "LoadBalancer" } } }],
          },
        },
      },
    },
    "a chart of another kind": { ...release, props: { chart: "istiod", values: {} } },
    "a resource of Google's": { type: "gcp:compute/network:Network", props: {} },
  };

  describe("on a Service", () => {
    testRule({
      rule,
      compliant: service,
      broken: broken("metadata.annotations", "spec.loadBalancerSourceRanges"),
      mended: [`metadata.annotations${GLOBAL_ACCESS}`],
      accepted: [
        ["metadata.labels", {}],
        ["spec.ports", []],
      ],
      others,
    });
  });

  describe("on an IstioOperator", () => {
    const field = "spec.components.ingressGateways[0].k8s";
    testRule({
      rule,
      compliant: operator,
      broken: broken(`${field}.serviceAnnotations`, `${field}.service.loadBalancerSourceRanges`),
      mended: [`${field}.serviceAnnotations${GLOBAL_ACCESS}`],
      accepted: [["spec.components.ingressGateways[0].k8s.service.type", undefined]],
      others: {},
    });

    it("leaves out a gateway that is switched off", () => {
      const off = changed(operator.props, "spec.components.ingressGateways[0]", {
        ...eastWestGateway,
        enabled: false,
        k8s: {},
      });
      assert.deepEqual(messages(rule, { ...operator, props: off }), []);
    });
  });

  describe("on an IstioOperator's list of egress gateways", () => {
    const field = "spec.components.egressGateways[0].k8s";
    testRule({
      rule,
      compliant: { ...operator, props: { spec: { components: { egressGateways: [eastWestGateway] } } } },
      broken: broken(`${field}.serviceAnnotations`, `${field}.service.loadBalancerSourceRanges`),
      mended: [`${field}.serviceAnnotations${GLOBAL_ACCESS}`],
      accepted: [[`${field}.service`, undefined]],
      others: {},
    });
  });

  describe("on a Release of the gateway chart", () => {
    testRule({
      rule,
      compliant: release,
      broken: broken("values.service.annotations", "values.service.loadBalancerSourceRanges"),
      mended: [`values.service.annotations${GLOBAL_ACCESS}`],
      accepted: [
        ["chart", "oci://registry.example.com/charts/gateway"],
        ["chart", "./gateway-1.23.6.tgz"],
      ],
      others: {},
    });
  });

  it("holds for both kinds of Chart, whose objects are mended one by one", () => {
    for (const type of ["kubernetes:helm.sh/v3:Chart", "kubernetes:helm.sh/v4:Chart"]) {
      const props = changed(release.props, `values.service.annotations${GLOBAL_ACCESS}`, undefined);
      assert.equal(messages(rule, { type, props }).length, 1);
      assert.equal(mended(rule, { type, props }), undefined);
    }
  });

  it("does not mend an external one: an internal load balancer has another address", () => {
    const external = changed(service.props, "metadata.annotations", {});
    for (const allowExternal of [false, true]) {
      assert.equal(mended(rule, { ...service, props: external }, { allowExternal }), undefined);
    }
  });

  for (const [form, resource, annotated, classAt] of [
    ["a Service", service, "metadata.annotations", "spec.loadBalancerClass"],
    [
      "an IstioOperator",
      operator,
      "spec.components.ingressGateways[0].k8s.serviceAnnotations",
      "spec.components.ingressGateways[0].k8s.service.loadBalancerClass",
    ],
    ["a Release", release, "values.service.annotations", "values.service.loadBalancerClass"],
  ] as const) {
    it(`goes by the class of ${form}, where it has one`, () => {
      const bare = changed(resource.props, annotated + TYPE, undefined);
      const internal = changed(bare, classAt, "networking.gke.io/l4-regional-internal");
      assert.deepEqual(messages(rule, { ...resource, props: internal }), []);
      const external = changed(resource.props, classAt, "networking.gke.io/l4-regional-external");
      assert.match(
        messages(rule, { ...resource, props: external }).join(),
        /loadBalancerClass is "networking.gke.io\/l4-regional-external": a public address; write/,
      );
      const unknown = judge(rule, { ...resource, props: changed(resource.props, classAt, UNKNOWN) });
      assert.deepEqual(unknown.findings, []);
      assert.ok(unknown.undecided);
    });

    it(`opens an internal one to other regions by the class of ${form}`, () => {
      const bare = changed(resource.props, annotated, undefined);
      const internal = changed(bare, classAt, "networking.gke.io/l4-regional-internal");
      const props = mended(rule, { ...resource, props: internal });
      assert.ok(props);
      assert.deepEqual(messages(rule, { ...resource, props }), []);
    });

    it(`accepts the older annotation of ${form}`, () => {
      const bare = changed(resource.props, annotated + TYPE, undefined);
      const older = changed(bare, annotated + OLDER_TYPE, "Internal");
      assert.deepEqual(messages(rule, { ...resource, props: older }), []);
    });

    it(`permits an external one of ${form} where the configuration says so, with source ranges`, () => {
      const external = changed(resource.props, annotated, {});
      assert.equal(messages(rule, { ...resource, props: external }).length, 2);
      assert.deepEqual(messages(rule, { ...resource, props: external }, { allowExternal: true }), []);
    });
  }

  it("judges the source ranges of an external one as well", () => {
    const external = changed(service.props, "metadata.annotations", {});
    assert.deepEqual(messages(rule, { ...service, props: external }, { allowExternal: true }), []);
    const open = changed(external, "spec.loadBalancerSourceRanges", ["0.0.0.0/0"]);
    assert.equal(messages(rule, { ...service, props: open }, { allowExternal: true }).length, 1);
  });

  it("takes the widest range from the configuration", () => {
    assert.equal(messages(rule, service, { minPrefixLength: 16 }).length, 1);
  });
});

describe("ingress-gateway-without-load-balancer", () => {
  const rule = "ingress-gateway-without-load-balancer";
  const balancer = /is "LoadBalancer": .*write ClusterIP/;

  describe("on a Service", () => {
    testRule({
      rule,
      compliant: ingressService,
      broken: [
        ["spec.type", "LoadBalancer", balancer],
        ["spec.type", "NodePort", /is "NodePort"/],
      ],
      accepted: [["spec.type", undefined]],
      others: { "another load balancer": plain({}), "an east-west gateway": service },
    });
  });

  describe("on an IstioOperator", () => {
    const field = "spec.components.ingressGateways[1].k8s.service.type";
    testRule({
      rule,
      compliant: operator,
      broken: [
        [field, "LoadBalancer", balancer],
        [field, undefined, balancer],
      ],
      others: {},
    });
  });

  it("refuses the gateway of a profile, which is a load balancer, unless it is switched off", () => {
    const gateways = "spec.components.ingressGateways";
    const alone = changed(operator.props, gateways, [eastWestGateway]);
    assert.match(messages(rule, { ...operator, props: alone }).join(), /the profile's one is a LoadBalancer/);
    const empty = changed(alone, "spec.profile", "empty");
    assert.deepEqual(messages(rule, { ...operator, props: empty }), []);
    const off = changed(alone, `${gateways}[1]`, { name: "istio-ingressgateway", enabled: false });
    assert.deepEqual(messages(rule, { ...operator, props: off }), []);
  });

  describe("on a Release of the gateway chart", () => {
    testRule({
      rule,
      compliant: {
        ...release,
        props: { chart: "gateway", name: "istio-ingressgateway", values: { service: { type: "ClusterIP" } } },
      },
      broken: [["values.service.type", undefined, balancer]],
      others: { "an east-west gateway": release },
    });
  });

  it("judges the other gateways of a resource when one is unknown", () => {
    const props = changed(operator.props, "spec.components.ingressGateways[1].k8s.service.type", "NodePort");
    const half = changed(props, "spec.components.ingressGateways[0].label.istio", UNKNOWN);
    const { findings, undecided } = judge(rule, { ...operator, props: half });
    assert.equal(findings.length, 1);
    assert.ok(undecided);
  });
});
