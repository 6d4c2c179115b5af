import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import {
  apiServers,
  istiodNames,
  istiodServices,
  loadBalancers,
  type NetworkedCluster,
} from "../../../rehearsal/traffic/forwarders";
import { nearestHealthy } from "../../../rehearsal/traffic/inside/edge";
import { HealthChecks } from "../../../rehearsal/traffic/inside/healthChecks";
import { targetsFor } from "../../../rehearsal/traffic/inside/forwarders";
import { byDistance } from "../../../rehearsal/traffic/regions";

const gatewayLabels = { app: "istio-eastwestgateway" };

function gatewayPod(name: string, address: string, ready = "True"): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "istio-gateways", labels: gatewayLabels },
    spec: { containers: [{ name: "istio-proxy", image: "x" }] },
    status: { podIP: address, conditions: [{ type: "Ready", status: ready }] },
  };
}

function gatewayService(annotations: Record<string, string>, sourceRanges?: string[]): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "istio-eastwestgateway", namespace: "istio-gateways", annotations },
    spec: {
      type: "LoadBalancer",
      selector: gatewayLabels,
      ports: [{ name: "tls", port: 15443, targetPort: 15443 }],
      ...(sourceRanges ? { loadBalancerSourceRanges: sourceRanges } : {}),
    },
    status: { loadBalancer: { ingress: [{ ip: "10.16.0.64" }] } },
  };
}

function cluster(name: string, number: number, parts: Partial<NetworkedCluster> = {}): NetworkedCluster {
  return {
    cloud: { name, location: name, region: name, network: "mesh" },
    podCidr: `10.${number + 1}.0.0/16`,
    nodeCidr: `10.${number}.0.0/20`,
    services: [],
    pods: [],
    ...parts,
  };
}

const internal = { "networking.gke.io/load-balancer-type": "Internal" };
const global = { ...internal, "networking.gke.io/internal-load-balancer-allow-global-access": "true" };

describe("load balancers around the pods that carry traffic", () => {
  const pods = [gatewayPod("a", "10.17.0.1"), gatewayPod("b", "10.17.0.2", "False")];
  const admitted = (service: ApiObject, caller: string) => {
    const east = cluster("us-east1", 16, { services: [service], pods });
    const [forwarder] = loadBalancers([east, cluster("us-central1", 20)]);
    assert.ok(forwarder);
    return targetsFor(forwarder, caller);
  };

  it("send connections to ready pods only", () => {
    assert.deepEqual(admitted(gatewayService(global), "10.17.0.9"), [{ address: "10.17.0.1", port: 15443 }]);
  });

  it("admit other regions with global access only", () => {
    assert.ok(admitted(gatewayService(global), "10.21.0.3"));
    assert.equal(admitted(gatewayService(internal), "10.21.0.3"), undefined);
    assert.ok(admitted(gatewayService(internal), "10.17.0.3"));
  });

  it("admit nobody from outside of the VPC to an internal address", () => {
    assert.equal(admitted(gatewayService(global), "198.51.100.1"), undefined);
    assert.ok(admitted(gatewayService({}), "198.51.100.1"));
  });

  it("admit only the Service's source ranges", () => {
    assert.equal(admitted(gatewayService(global, ["10.16.0.0/15"]), "10.21.0.3"), undefined);
    assert.ok(admitted(gatewayService(global, ["10.16.0.0/12"]), "10.21.0.3"));
  });

  it("give istiod's Service to the pods of its own cluster", () => {
    const service: ApiObject = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "istiod-1-23-6", namespace: "istio-system" },
      spec: { clusterIP: "10.16.18.1", selector: { app: "istiod" }, ports: [{ port: 15012 }] },
    };
    const east = cluster("us-east1", 16, { services: [service] });
    const [forwarder] = istiodServices([east, cluster("us-central1", 20)], (name) => `/run/${name}.pods`);
    assert.ok(forwarder);
    assert.deepEqual(targetsFor(forwarder, "10.17.0.1"), [
      { socket: "/run/us-east1.pods", wanted: "istio-system/istiod-1-23-6:15012" },
    ]);
    assert.equal(targetsFor(forwarder, "10.21.0.1"), undefined);
    assert.deepEqual(istiodNames(east), { "istiod-1-23-6.istio-system.svc": "10.16.18.1" });
  });
});

describe("control planes' private endpoints", () => {
  const route = (name: string, number: number) => ({
    name,
    region: name,
    privateEndpoint: `10.${number}.255.2`,
    dnsEndpoint: `${name}.gke.goog`,
    port: 21000 + number,
    allowExternalTraffic: true,
    globalAccess: true,
    authorizedNetworks: ["10.16.0.0/12"],
    podCidr: `10.${number + 1}.0.0/16`,
    nodeCidr: `10.${number}.0.0/20`,
  });
  const callers = (change: object) => {
    const routes = [{ ...route("us-east1", 16), ...change }, route("us-central1", 20)];
    const [east] = apiServers(routes, (name) => `/run/${name}.pods`);
    assert.ok(east);
    return ["10.17.0.9", "10.21.0.9", "198.51.100.1"].map((caller) => targetsFor(east, caller));
  };

  it("answer the pods that Google's rules let through", () => {
    const wanted = "API server of us-east1";
    assert.deepEqual(callers({}), [
      [{ socket: "/run/us-east1.pods", wanted }],
      [{ socket: "/run/us-central1.pods", wanted }],
      undefined,
    ]);
    assert.equal(callers({ globalAccess: false })[1], undefined);
    assert.equal(callers({ authorizedNetworks: ["10.20.0.0/20"] })[1], undefined);
  });
});

describe("the global load balancer", () => {
  const endpoint = (region: string, healthy: boolean) => ({
    cluster: region,
    region,
    pod: `gateway-${region}`,
    address: "10.17.0.1",
    port: 8443,
    healthy,
  });
  const nearest = { "198.51.100.1": ["us-east1", "us-central1"], "*": ["us-central1", "us-east1"] };
  const chosen = (endpoints: ReturnType<typeof endpoint>[], caller: string) =>
    nearestHealthy(endpoints, nearest, caller).map(({ region }) => region);

  it("prefers the nearest region that is healthy", () => {
    const both = [endpoint("us-east1", true), endpoint("us-central1", true)];
    assert.deepEqual(chosen(both, "198.51.100.1"), ["us-east1"]);
    assert.deepEqual(chosen(both, "192.0.2.1"), ["us-central1"]);
    const one = [endpoint("us-east1", false), endpoint("us-central1", true)];
    assert.deepEqual(chosen(one, "198.51.100.1"), ["us-central1"]);
    assert.deepEqual(chosen([endpoint("us-east1", false)], "198.51.100.1"), []);
  });

  it("hears a little later that an endpoint's pod goes, as Google's does", async () => {
    const detached: string[] = [];
    const checks = new HealthChecks(({ region }) => detached.push(region), 50);
    const healthCheck = {
      protocol: "HTTP",
      path: "/",
      intervalSeconds: 1,
      timeoutSeconds: 1,
      healthyThreshold: 1,
      unhealthyThreshold: 2,
    } as const;
    const backend = { protocol: "HTTPS", timeoutSeconds: 30, healthCheck } as const;
    const [stays, goes] = [endpoint("us-east1", false), endpoint("us-central1", false)];
    const known = () => checks.all().map(({ region }) => region);
    checks.set({ ...backend, endpoints: [stays, goes] });
    checks.set({ ...backend, endpoints: [stays] });
    assert.deepEqual(known(), ["us-east1", "us-central1"]);
    for (const deadline = Date.now() + 5000; known().length > 1 && Date.now() < deadline;) {
      await sleep(10);
    }
    assert.deepEqual(known(), ["us-east1"]);
    assert.deepEqual(detached, ["us-central1"]);
    checks.set({ ...backend, endpoints: [] });
    checks.set({ ...backend, endpoints: [stays] });
    await sleep(100);
    assert.deepEqual(known(), ["us-east1"], "one that is back in time stays");
    checks.set(undefined);
    assert.deepEqual(known(), []);
  });

  it("knows which region is near", () => {
    assert.deepEqual(byDistance("us-east1", ["us-west1", "us-central1", "us-east1"]), [
      "us-east1",
      "us-central1",
      "us-west1",
    ]);
    assert.deepEqual(byDistance("europe-west1", ["asia-east1", "moon-1", "us-east4"]), [
      "us-east4",
      "asia-east1",
      "moon-1",
    ]);
  });
});
