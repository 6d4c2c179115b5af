import assert from "node:assert/strict";
import { configOf, meshOf, runProgram } from "../components/program";
import { testRule } from "./cases";
import { changed, judge, messages, type Resource, UNKNOWN } from "./harness";

const rule = "east-west-gateway-restricted";
const PEERS = ["203.0.113.0/24"];
const LABELS = { app: "istio-eastwestgateway", istio: "eastwestgateway" };
const INTERNAL = { "networking.gke.io/load-balancer-type": "Internal" };
const OLDER_INTERNAL = { "cloud.google.com/load-balancer-type": "Internal" };

const policy: Resource = {
  type: "kubernetes:security.istio.io/v1:AuthorizationPolicy",
  name: "peers",
  props: {
    metadata: { name: "peers", namespace: "istio-gateways" },
    spec: {
      selector: { matchLabels: { istio: "eastwestgateway" } },
      rules: [
        { from: [{ source: { ipBlocks: PEERS } }], to: [{ operation: { ports: ["15443"] } }] },
        { to: [{ operation: { ports: ["15021"] } }] },
      ],
    },
  },
};

const service: Resource = {
  type: "kubernetes:core/v1:Service",
  name: "gateway",
  props: {
    metadata: { name: "istio-eastwestgateway", namespace: "istio-gateways" },
    spec: {
      type: "LoadBalancer",
      selector: LABELS,
      ports: [{ port: 15443 }],
      loadBalancerSourceRanges: PEERS,
    },
  },
};

const operator: Resource = {
  type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
  name: "gateway",
  props: {
    metadata: { namespace: "istio-system" },
    spec: {
      components: {
        ingressGateways: [
          {
            namespace: "istio-gateways",
            label: LABELS,
            k8s: { service: { ports: [{ port: 15443 }], loadBalancerSourceRanges: PEERS } },
          },
        ],
      },
    },
  },
};

const release: Resource = {
  type: "kubernetes:helm.sh/v3:Release",
  name: "gateway",
  props: {
    chart: "gateway",
    name: "istio-eastwestgateway",
    namespace: "istio-gateways",
    values: { service: { loadBalancerSourceRanges: PEERS } },
  },
};

const unrestricted = /no AuthorizationPolicy restricts it: make it internal, or write one in namespace/;

const withSpec = (spec: object): Resource => ({
  ...policy,
  props: { ...policy.props, spec: { selector: { matchLabels: LABELS }, ...spec } },
});

describe(rule, () => {
  const forms: [string, Resource, string, string, string][] = [
    ["a Service", service, "spec.loadBalancerSourceRanges", "metadata.namespace", "metadata.annotations"],
    [
      "an IstioOperator",
      operator,
      "spec.components.ingressGateways[0].k8s.service.loadBalancerSourceRanges",
      "spec.components.ingressGateways[0].namespace",
      "spec.components.ingressGateways[0].k8s.serviceAnnotations",
    ],
    [
      "a Release of the gateway chart",
      release,
      "values.service.loadBalancerSourceRanges",
      "namespace",
      "values.service.annotations",
    ],
  ];
  for (const [form, gateway, ranges, namespace, annotations] of forms) {
    describe(`on ${form}`, () => {
      testRule({
        rule,
        compliant: gateway,
        beside: [policy],
        broken: [
          [ranges, undefined, /loadBalancerSourceRanges is missing: GKE's firewall rule admits the world/],
          [ranges, ["0.0.0.0/0"], /has 0\.0\.0\.0\/0, wider than \/8/],
          [namespace, "elsewhere", unrestricted],
        ],
        accepted: [[ranges, ["198.51.100.7/32"]]],
        others: { "a chart of another kind": { ...release, props: { chart: "istiod", values: {} } } },
      });

      it("is refused without a policy, whatever its source ranges are", () => {
        assert.match(messages(rule, gateway).join(), unrestricted);
      });

      it("needs nothing while it is internal, by either key", () => {
        for (const internal of [INTERNAL, OLDER_INTERNAL]) {
          const props = changed(gateway.props, annotations, internal);
          assert.deepEqual(judge(rule, { ...gateway, props }), { findings: [] });
        }
      });

      it("is neither refused nor passed while nobody knows whether it is internal", () => {
        const props = changed(gateway.props, annotations, UNKNOWN);
        const { findings, undecided } = judge(rule, { ...gateway, props });
        assert.deepEqual(findings, []);
        assert.ok(undecided);
      });
    });
  }

  it("has two findings about a gateway that has neither", () => {
    const props = changed(service.props, "spec.loadBalancerSourceRanges", undefined);
    const { findings } = judge(rule, { ...service, props });
    assert.deepEqual(
      findings.map(({ urn }) => urn.split("::").at(-1)),
      ["gateway", "gateway"],
    );
  });

  describe("with an AuthorizationPolicy", () => {
    const source = "spec.rules[0].from[0].source";
    testRule({
      rule,
      compliant: policy,
      beside: [service],
      broken: [
        ["metadata.namespace", "elsewhere", unrestricted],
        ["spec.selector.matchLabels.istio", "ingressgateway", unrestricted],
        ["spec.rules", undefined, unrestricted],
        ["spec.action", "AUDIT", unrestricted],
        ["spec.rules[0].to[0].operation.ports", ["15012"], unrestricted],
        ["spec.rules[1].to", undefined, /AuthorizationPolicy "peers" admits the world to its port 15443/],
        ["spec.rules[0].from", undefined, /admits the world/],
        [`${source}.ipBlocks`, ["0.0.0.0/0"], /admits the world/],
        [`${source}.ipBlocks`, ["0.0.0.0/1", "128.0.0.0/1"], /admits the world/],
        [source, { principals: ["*"] }, /admits the world/],
        ["spec.rules[0].to[0].operation", { notPorts: ["15443"] }, unrestricted],
        ["spec.rules[0].from[1]", { source: { principals: ["*"] } }, /admits the world/],
        ["spec.targetRefs", [{ kind: "Gateway", name: "another" }], unrestricted],
        ["spec.targetRef", { kind: "Gateway", name: "another" }, unrestricted],
      ],
      accepted: [
        ["metadata.namespace", "istio-system"],
        ["spec.selector", undefined],
        ["spec.action", "ALLOW"],
        ["spec.rules[0].to", undefined],
        ["spec.rules[0].from[1]", { source: { ipBlocks: PEERS } }],
        ["spec.rules[1].to[0].operation", { notPorts: [15443] }],
        [source, { remoteIpBlocks: PEERS }],
      ],
      others: {},
    });
  });

  for (const [what, spec] of Object.entries({
    "a condition on the source": { rules: [{ when: [{ key: "source.ip", values: PEERS }] }] },
    "a denial of everyone else": {
      action: "DENY",
      rules: [{ from: [{ source: { notIpBlocks: PEERS } }], to: [{ operation: { ports: ["15443"] } }] }],
    },
  })) {
    it(`accepts ${what}`, () => {
      assert.deepEqual(judge(rule, [service, withSpec(spec)]), { findings: [] });
    });
  }

  for (const [what, spec] of Object.entries({
    "a denial of some": { action: "DENY", rules: [{ from: [{ source: { ipBlocks: PEERS } }] }] },
    "a denial that spares some of the others": {
      action: "DENY",
      rules: [{ from: [{ source: { notIpBlocks: PEERS, principals: ["a"] } }] }],
    },
    "a denial on a condition": {
      action: "DENY",
      rules: [
        { from: [{ source: { notIpBlocks: PEERS } }], when: [{ key: "connection.sni", values: ["a"] }] },
      ],
    },
    "a denial of some hosts": {
      action: "DENY",
      rules: [
        {
          from: [{ source: { notIpBlocks: PEERS } }],
          to: [{ operation: { ports: ["15443"], hosts: ["a"] } }],
        },
      ],
    },
    "a denial of the other world alone": {
      action: "DENY",
      rules: [{ from: [{ source: { notIpBlocks: ["0.0.0.0/0"] } }] }],
    },
    "a condition on something else": { rules: [{ when: [{ key: "destination.ip", values: PEERS }] }] },
  })) {
    it(`refuses ${what}`, () => {
      assert.equal(messages(rule, [service, withSpec(spec)]).length, 1);
    });
  }

  it("refuses a policy that opens what another one restricts, unless a denial goes before both", () => {
    const open = withSpec({ rules: [{}] });
    assert.match(messages(rule, [service, policy, open]).join(), /admits the world/);
    const denial = withSpec({ action: "DENY", rules: [{ from: [{ source: { notIpBlocks: PEERS } }] }] });
    assert.deepEqual(messages(rule, [service, policy, open, denial]), []);
  });

  it("takes a policy of v1beta1", () => {
    const older = { ...policy, type: "kubernetes:security.istio.io/v1beta1:AuthorizationPolicy" };
    assert.deepEqual(judge(rule, [service, older]), { findings: [] });
  });

  it("takes a policy that targets the gateway by name, where the pods carry it", () => {
    const named = changed(
      service.props,
      `spec.selector["gateway.networking.k8s.io/gateway-name"]`,
      "east-west",
    );
    const { selector: _, ...spec } = policy.props.spec as Record<string, unknown>;
    const targeting = (name: string, kind = "Gateway"): Resource => ({
      ...policy,
      props: { ...policy.props, spec: { ...spec, targetRefs: [{ kind, name }] } },
    });
    assert.deepEqual(messages(rule, [{ ...service, props: named }, targeting("east-west")]), []);
    for (const other of [targeting("another"), targeting("east-west", "Service")]) {
      assert.equal(messages(rule, [{ ...service, props: named }, other]).length, 1);
    }
  });

  it("looks in Istio's own namespace for a gateway of an IstioOperator that names none", () => {
    const entry = "spec.components.ingressGateways[0].namespace";
    const props = changed(operator.props, entry, undefined);
    const found = (gateway: Resource["props"], namespace: string) => {
      const there = { ...policy, props: changed(policy.props, "metadata.namespace", namespace) };
      return messages(rule, [{ ...operator, props: gateway }, there], { rootNamespace: "mesh-root" });
    };
    assert.deepEqual(found(props, "istio-system"), []);
    const moved = changed(props, "spec.values.global.istioNamespace", "mesh");
    assert.deepEqual(found(moved, "mesh"), []);
    assert.equal(found(moved, "istio-system").length, 1);
  });

  it("takes no policy of another cluster", () => {
    const inCluster = (resource: Resource, provider: string) => ({ ...resource, provider });
    assert.equal(messages(rule, [inCluster(service, "east"), inCluster(policy, "central")]).length, 1);
    assert.deepEqual(messages(rule, [inCluster(service, "east"), inCluster(policy, "east")]), []);
  });

  it("refuses a gateway for want of a policy although another cluster's is unknown", () => {
    const props = changed(policy.props, "metadata.namespace", UNKNOWN);
    const elsewhere = { ...policy, props, provider: "central" };
    assert.equal(messages(rule, [{ ...service, provider: "east" }, elsewhere]).length, 1);
  });

  it("has nothing to say about policies alone, known or not", () => {
    const props = changed(policy.props, "metadata.namespace", UNKNOWN);
    assert.deepEqual(judge(rule, { ...policy, props }), { findings: [] });
  });

  it("takes the widest range and the root namespace from the configuration", () => {
    assert.equal(messages(rule, [service, policy], { minPrefixLength: 25 }).length, 2);
    const props = changed(policy.props, "metadata.namespace", "mesh-root");
    const moved = { ...policy, props };
    assert.deepEqual(messages(rule, [service, moved], { rootNamespace: "mesh-root" }), []);
    assert.equal(messages(rule, [service, moved]).length, 1);
  });

  it("is content with the program's own external gateway, and not without its policy", async () => {
    const config = configOf("us-east1");
    const mesh = { ...meshOf(config), eastWest: { access: "external", sourceRanges: PEERS } };
    const { resources, errors } = await runProgram({ ...config, "mesh:mesh": mesh }, { stack: "us-east1" });
    assert.deepEqual(errors, []);
    const stack = resources.map(({ inputs, ...rest }) => ({ ...rest, props: inputs }));
    assert.deepEqual(judge(rule, stack), { findings: [] });
    assert.deepEqual(messages("east-west-gateway-internal", stack, { allowExternal: true }), []);
    const unrestrictedStack = stack.filter(({ type }) => !type.endsWith(":AuthorizationPolicy"));
    assert.match(messages(rule, unrestrictedStack).join(), unrestricted);
  });
});
