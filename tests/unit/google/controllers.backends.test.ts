import assert from "node:assert/strict";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { admits, containerPort, unhealthy } from "../../../rehearsal/google/controllers/backends";
import type { CloudFirewall } from "../../../rehearsal/google/controllers/cloud";
import type { Backend } from "../../../rehearsal/google/controllers/ingressModel";

const backend: Backend = {
  service: "ingress",
  port: { name: "https", port: 443, targetPort: 8443, protocol: "TCP" },
  protocol: "HTTPS",
  healthCheck: { type: "HTTP", port: 15021, path: "/healthz/ready" },
};

function pod(ready = "True", ports = [15021, 8443]): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "gateway" },
    spec: {
      containers: [
        {
          ports: ports.map((containerPort) => ({ containerPort, name: `p-${containerPort}` })),
          readinessProbe: { httpGet: { path: "/healthz/ready", port: 15021, scheme: "HTTP" } },
        },
      ],
    },
    status: { conditions: [{ type: "Ready", status: ready }] },
  };
}

describe("the health check of a backend", () => {
  it("is passed by a ready gateway that is asked where it answers", () => {
    assert.equal(unhealthy(pod(), backend), undefined);
  });

  it("is not passed by a gateway that is not ready", () => {
    assert.match(unhealthy(pod("False"), backend) ?? "", /not ready/);
  });

  it("is not passed on another port or path", () => {
    for (const healthCheck of [
      { type: "HTTP" as const, port: 15020, path: "/healthz/ready" },
      { type: "HTTP" as const, port: 15021, path: "/" },
      { type: "HTTPS" as const, port: 15021, path: "/healthz/ready" },
      { type: "HTTPS" as const, path: "/" },
    ])
      assert.match(
        unhealthy(pod(), { ...backend, healthCheck }) ?? "",
        /nothing says that pod gateway answers/,
      );
  });

  it("is of no use when the serving port is wrong", () => {
    assert.match(unhealthy(pod("True", [15021, 443]), backend) ?? "", /does not listen on 8443/);
    const named = { ...backend, port: { ...backend.port, targetPort: "https" } };
    assert.match(unhealthy(pod(), named) ?? "", /no port named https/);
    assert.equal(containerPort(pod(), { ...backend.port, targetPort: "p-8443" }), 8443);
  });
});

describe("the VPC's firewall", () => {
  const rule = (change: Partial<CloudFirewall> = {}): CloudFirewall => ({
    network: "mesh",
    priority: 1000,
    direction: "INGRESS",
    disabled: false,
    sourceRanges: ["130.211.0.0/22", "35.191.0.0/16"],
    targeted: false,
    action: "allow",
    protocols: [{ protocol: "tcp", ports: ["15021", "8000-8999"] }],
    ...change,
  });
  const passes = (...rules: CloudFirewall[]) => admits(rules, "mesh", "35.191.0.0/16", 8443);

  it("lets through what a rule allows, also by a range of ports and a wider source", () => {
    assert.ok(passes(rule()));
    assert.ok(passes(rule({ sourceRanges: ["0.0.0.0/0"], protocols: [{ protocol: "all", ports: [] }] })));
  });

  it("lets nothing else through", () => {
    assert.ok(!passes());
    assert.ok(!passes(rule({ network: "other" })));
    assert.ok(!passes(rule({ disabled: true })));
    assert.ok(!passes(rule({ direction: "EGRESS" })));
    assert.ok(!passes(rule({ targeted: true })));
    assert.ok(!passes(rule({ sourceRanges: ["35.191.0.0/20"] })));
    assert.ok(!passes(rule({ protocols: [{ protocol: "udp", ports: [] }] })));
    assert.ok(!passes(rule({ protocols: [{ protocol: "tcp", ports: ["443"] }] })));
  });

  it("goes by priority, and a deny goes before an allow", () => {
    const deny = rule({ action: "deny", sourceRanges: ["0.0.0.0/0"] });
    assert.ok(!passes(rule(), deny));
    assert.ok(passes(rule({ priority: 900 }), deny));
  });
});
