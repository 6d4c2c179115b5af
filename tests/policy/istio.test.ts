import assert from "node:assert/strict";
import { testRule } from "./cases";
import { messages, type Resource } from "./harness";

describe("cross-network-gateway-hosts", () => {
  const rule = "cross-network-gateway-hosts";
  const gateway = (...servers: object[]): Resource => ({
    type: "kubernetes:networking.istio.io/v1:Gateway",
    props: { spec: { selector: { istio: "eastwestgateway" }, servers } },
  });
  const server = {
    port: { number: 15443, name: "tls", protocol: "TLS" },
    tls: { mode: "AUTO_PASSTHROUGH" },
    hosts: ["*.local"],
  };
  testRule({
    rule,
    compliant: gateway(server),
    broken: [
      ["spec.servers[0].hosts[0]", "*", /hosts has "\*": write \["\*\.local"\]/],
      ["spec.servers[0].hosts", ["*.local", "db.example.com"], /has "db\.example\.com"/],
      ["spec.servers[0].hosts", ["*/*"], /has "\*\/\*"/],
      ["spec.servers[0].hosts", [], /hosts is empty/],
      ["spec.servers[0].hosts", undefined, /hosts is empty/],
      [
        "spec.servers[0].tls.mode",
        "PASSTHROUGH",
        /mode is "PASSTHROUGH": on this port.*write AUTO_PASSTHROUGH/,
      ],
      ["spec.servers[0].tls", undefined, /tls\.mode is missing/],
    ],
    accepted: [
      ["spec.servers[0].hosts[0]", "*/*.local"],
      ["spec.servers[0].hosts[0]", "shop/*.local"],
      ["spec.servers[0].port.number", 16443],
    ],
    others: {
      "a gateway that terminates TLS": gateway({
        port: { number: 443 },
        tls: { mode: "SIMPLE" },
        hosts: ["*"],
      }),
      "the Gateway of another API": {
        type: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
        props: { spec: { servers: [{ ...server, hosts: ["*"] }] } },
      },
    },
  });

  it("knows passing on by its mode, whatever the port and the version of the API", () => {
    for (const version of ["v1beta1", "v1alpha3"]) {
      const open = gateway({ ...server, port: { number: 443 }, hosts: ["*"] });
      const type = `kubernetes:networking.istio.io/${version}:Gateway`;
      assert.equal(messages(rule, { ...open, type }).length, 1);
    }
  });

  it("takes further hosts from the configuration", () => {
    const global = gateway({ ...server, hosts: ["*.local", "*.global"] });
    assert.equal(messages(rule, global).length, 1);
    assert.equal(messages(rule, global, { hosts: ["*.local", "*.global"] }).length, 0);
  });
});

describe("mesh-mtls", () => {
  const rule = "mesh-mtls";
  const metadata = { name: "default", namespace: "istio-system" };
  const authentication: Resource = {
    type: "kubernetes:security.istio.io/v1:PeerAuthentication",
    props: { metadata, spec: { mtls: { mode: "STRICT" } } },
  };
  const destinations: Resource = {
    type: "kubernetes:networking.istio.io/v1:DestinationRule",
    props: { metadata, spec: { host: "*.local", trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } } },
  };
  const elsewhere = { name: "default", namespace: "shop" };
  const plain = { host: "*.local", trafficPolicy: { tls: { mode: "DISABLE" } } };

  describe("of a PeerAuthentication", () => {
    testRule({
      rule,
      compliant: authentication,
      broken: [
        [
          "spec.mtls.mode",
          "PERMISSIVE",
          /mode is "PERMISSIVE": plain text is admitted everywhere; write STRICT/,
        ],
        ["spec.mtls.mode", "DISABLE", /is "DISABLE"/],
        ["spec.mtls.mode", "UNSET", /is "UNSET"/],
        ["spec", {}, /mode is missing/],
      ],
      others: {
        "one namespace": {
          ...authentication,
          props: { metadata: elsewhere, spec: { mtls: { mode: "PERMISSIVE" } } },
        },
        "some workloads": {
          ...authentication,
          props: {
            metadata,
            spec: { selector: { matchLabels: { app: "shop" } }, mtls: { mode: "DISABLE" } },
          },
        },
      },
    });
  });

  describe("of a DestinationRule", () => {
    testRule({
      rule,
      compliant: destinations,
      broken: [
        ["spec.trafficPolicy.tls.mode", "DISABLE", /mode is "DISABLE": every call goes in plain text/],
        [
          "spec.trafficPolicy.portLevelSettings",
          [{ port: { number: 80 } }, { port: { number: 443 }, tls: { mode: "DISABLE" } }],
          /^spec\.trafficPolicy\.portLevelSettings\[1\]\.tls\.mode is "DISABLE": every call/,
        ],
      ],
      accepted: [
        ["spec.trafficPolicy", undefined],
        ["spec.trafficPolicy.tls.mode", "MUTUAL"],
        ["spec.trafficPolicy.portLevelSettings", [{ port: { number: 443 }, tls: { mode: "ISTIO_MUTUAL" } }]],
      ],
      others: {
        "one namespace": { ...destinations, props: { metadata: elsewhere, spec: plain } },
        "one service": {
          ...destinations,
          props: { metadata, spec: { ...plain, host: "db.shop.svc.cluster.local" } },
        },
      },
    });
  });

  const AUTO = /enableAutoMtls is "?false"?: calls go in plain text; leave it out, or write true$/;

  describe("of an IstioOperator", () => {
    testRule({
      rule,
      compliant: {
        type: "kubernetes:install.istio.io/v1alpha1:IstioOperator",
        props: { spec: { meshConfig: { enableAutoMtls: true }, values: { meshConfig: {} } } },
      },
      broken: [
        ["spec.meshConfig.enableAutoMtls", false, AUTO],
        ["spec.values.meshConfig.enableAutoMtls", "false", AUTO],
      ],
      accepted: [["spec.meshConfig", undefined]],
      others: {},
    });
  });

  for (const kind of ["v3:Release", "v3:Chart", "v4:Chart"]) {
    describe(`of istiod's chart in a ${kind}`, () => {
      const props = { chart: "istiod", values: { meshConfig: { enableAutoMtls: true } } };
      const chart: Resource = { type: `kubernetes:helm.sh/${kind}`, props };
      const values = { meshConfig: { enableAutoMtls: false } };
      testRule({
        rule,
        compliant: chart,
        broken: [["values.meshConfig.enableAutoMtls", false, AUTO]],
        accepted: [["values", undefined]],
        others: { "another chart": { ...chart, props: { chart: "gateway", values } } },
      });
    });
  }

  it("takes the mesh's root namespace from the configuration", () => {
    const props = { metadata: elsewhere, spec: { mtls: { mode: "PERMISSIVE" } } };
    assert.equal(messages(rule, { ...authentication, props }, { rootNamespace: "shop" }).length, 1);
  });
});
