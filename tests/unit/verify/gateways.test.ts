import assert from "node:assert/strict";
import { issue, makeCa } from "../../../rehearsal/certificates";
import { backendProblems, healthCheckProblems, serviceProblems } from "../../../verify/checks/backends";
import { addressProblems, hostProblems } from "../../../verify/checks/edge";
import {
  credentialProblems,
  exposureProblems,
  internalProblems,
  serviceProblems as eastWestProblems,
  sourceProblems,
} from "../../../verify/checks/gateways";
import { type KubernetesObject } from "../../../verify/objects";

function object(name: string, rest: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Thing", ...rest, metadata: { name, ...metadata } };
}

describe("checks of the gateways", () => {
  const service = (ip: string | undefined, annotations: object, ranges: string[] = []) =>
    object(
      "gateway",
      {
        spec: { loadBalancerSourceRanges: ranges },
        status: { loadBalancer: { ingress: ip ? [{ ip }] : [] } },
      },
      { annotations },
    );
  const internal = {
    "networking.gke.io/load-balancer-type": "Internal",
    "networking.gke.io/internal-load-balancer-allow-global-access": "true",
  };

  it("want an internal address that other regions reach", () => {
    assert.deepEqual(internalProblems(service("10.16.0.64", internal)), []);
    assert.equal(internalProblems(service("34.1.1.1", {})).length, 3);
  });

  it("want an address, port 15443 and the network", () => {
    const good = object(
      "gateway",
      {
        spec: { ports: [{ port: 15443, targetPort: 15443 }] },
        status: { loadBalancer: { ingress: [{ ip: "10.16.0.64" }] } },
      },
      { labels: { "topology.istio.io/network": "east" } },
    );
    assert.deepEqual(eastWestProblems(good, "east"), []);
    assert.deepEqual(eastWestProblems(object("gateway", {}), "east"), [
      "it has no address",
      "it does not lead port 15443 to 15443 of its pods",
      "its label topology.istio.io/network is missing, not east",
    ]);
  });

  it("want no other way in", () => {
    const typed = (name: string, type: string) => object(name, { spec: { type } });
    const fine = [typed("istio-ingressgateway", "ClusterIP"), typed("istio-eastwestgateway", "LoadBalancer")];
    assert.deepEqual(exposureProblems(fine), []);
    assert.deepEqual(exposureProblems([typed("mine", "LoadBalancer")]), [
      "Service mine is of type LoadBalancer",
    ]);
  });

  it("want it to admit the mesh's pods, and not the world", () => {
    const admits = (...ranges: string[]) =>
      sourceProblems(service("10.16.0.64", {}, ranges), ["10.17.0.0/16"]);
    assert.deepEqual(admits("10.16.0.0/12"), []);
    assert.match(admits().join(), /admits the world/);
    assert.match(admits("0.0.0.0/0").join(), /admits the world/);
    assert.match(admits("10.17.0.0/17").join(), /does not admit the pods in 10\.17\.0\.0\/16/);
  });

  it("want certificates with their keys", () => {
    const ca = makeCa("origin");
    const other = issue(ca, { cn: "other" });
    const now = new Date();
    const secret = (crt: string, key: string) =>
      object("tls", {
        data: {
          "tls.crt": Buffer.from(crt).toString("base64"),
          "tls.key": Buffer.from(key).toString("base64"),
        },
      });
    assert.deepEqual(credentialProblems("tls", secret(ca.certificate, ca.key), now), []);
    assert.deepEqual(credentialProblems("tls", undefined, now), ["Secret istio-gateways/tls is not there"]);
    assert.match(credentialProblems("tls", secret("", ca.key), now).join(), /lacks tls\.crt/);
    assert.match(credentialProblems("tls", secret(ca.certificate, other.key), now).join(), /is not the key/);
    assert.match(
      credentialProblems("tls", secret(ca.certificate, "garbage"), now).join(),
      /^Secret tls: tls\.key is not/,
    );
    const later = new Date("2200-01-01");
    assert.match(credentialProblems("tls", secret(ca.certificate, ca.key), later).join(), /expired on/);
  });
});

describe("checks of the edge", () => {
  const ingress = (wanted: string, given?: string) =>
    object("edge", { status: { VIP: given } }, { annotations: { "networking.gke.io/static-ip": wanted } });

  it("want the reserved address", () => {
    assert.deepEqual(addressProblems(ingress("203.0.113.2", "203.0.113.2"), "203.0.113.2"), []);
    assert.match(addressProblems(ingress("203.0.113.2"), "203.0.113.2").join(), /no address in its status/);
    assert.match(
      addressProblems(ingress("203.0.113.9", "203.0.113.9"), "203.0.113.2").join(),
      /asks for 203\.0\.113\.9; reserved is 203\.0\.113\.2.*has 203\.0\.113\.9/,
    );
  });

  it("want a certificate for the mesh's name", () => {
    const { certificate } = issue(makeCa("edge"), { cn: "mesh.internal", dns: ["mesh.internal"] });
    const secret = object("tls", { data: { "tls.crt": Buffer.from(certificate).toString("base64") } });
    assert.deepEqual(hostProblems("tls", secret, ["mesh.internal"]), []);
    assert.match(hostProblems("tls", secret, ["shop.example.com"]).join(), /is not for shop\.example\.com/);
  });

  it("want a backend that speaks HTTPS to ready pods", () => {
    const service = (protocols: string, targetPort = 8443) =>
      object(
        "edge",
        { spec: { template: { spec: { ports: [{ name: "https", port: 443, targetPort }] } } } },
        { annotations: { "networking.gke.io/app-protocols": protocols } },
      );
    assert.deepEqual(serviceProblems(service('{"https":"HTTPS"}'), 2), []);
    assert.match(
      serviceProblems(service('{"https":"HTTPS"}', 9443), 2).join(),
      /leads 443 to 9443.*listen on 8443/,
    );
    assert.match(serviceProblems(service("{}"), 2).join(), /speaks HTTP to port 443/);
    assert.match(serviceProblems(service("no json"), 0).join(), /selects no ready pod.*speaks HTTP/);
  });

  it("want a health check that asks what the pods answer", () => {
    const pod = object("pod", {
      spec: { containers: [{ readinessProbe: { httpGet: { port: 15021, path: "/healthz/ready" } } }] },
    });
    const config = (port: number, requestPath: string, type = "HTTP") =>
      object("edge", { spec: { healthCheck: { port, requestPath, type } } });
    assert.deepEqual(healthCheckProblems(config(15021, "/healthz/ready"), pod), []);
    assert.match(healthCheckProblems(config(443, "/healthz/ready"), pod).join(), /asks port 443.*on 15021/);
    assert.match(healthCheckProblems(config(15021, "/", "TCP"), pod).join(), /asks for \/;.*by TCP/);
    assert.match(
      healthCheckProblems(config(15021, "/"), undefined).join(),
      /no ready pod has a readiness probe/,
    );
  });

  it("want ready pods in endpoint groups that are in sync", () => {
    const pod = (gate?: string) =>
      object("pod", {
        status: {
          conditions: [
            { type: "Ready", status: "True" },
            ...(gate
              ? [{ type: "cloud.google.com/load-balancer-neg-ready", status: gate, reason: "r" }]
              : []),
          ],
        },
      });
    const group = (status: string) =>
      object("neg", { status: { conditions: [{ type: "Synced", status, message: "m" }] } });
    assert.deepEqual(backendProblems([pod(), pod("True")], [group("True")]), []);
    assert.match(backendProblems([pod("False")], [group("False")]).join(), /health check: r.*neg: Synced: m/);
    assert.equal(backendProblems([], []).length, 2);
  });
});
