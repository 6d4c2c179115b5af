import * as assert from "node:assert/strict";
import { peerProblems, shares } from "../../../rehearsal/checks/traffic";
import type { Pod } from "../../../rehearsal/istio/pod";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { createProgress } from "../../../rehearsal/progress";
import { sidecarWithoutCapture } from "../../../rehearsal/traffic/additions";
import { trafficFor } from "../../../rehearsal/traffic/choice";
import {
  apiServers,
  istiodNames,
  istiodServices,
  loadBalancers,
  type NetworkedCluster,
} from "../../../rehearsal/traffic/forwarders";
import { nearestHealthy } from "../../../rehearsal/traffic/inside/edge";
import { targetsFor } from "../../../rehearsal/traffic/inside/forwarders";
import { whyNoNamespaces } from "../../../rehearsal/traffic/namespaces";
import { pageOf } from "../../../rehearsal/traffic/page";
import { proxyProcess } from "../../../rehearsal/traffic/proxy";
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

describe("pods that carry traffic", () => {
  const verify = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "verify-1", namespace: "verify", uid: "1", labels: { app: "verify" } },
    spec: {
      containers: [
        { name: "page", image: "nginx", ports: [{ name: "http", containerPort: 8080 }] },
        { name: "istio-proxy", image: "x", args: ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc"] },
      ],
    },
    status: {},
  } satisfies Pod;

  it("have a sidecar that listens itself, as nothing captures their connections", () => {
    assert.deepEqual(sidecarWithoutCapture(verify)?.spec, {
      workloadSelector: { labels: { app: "verify" } },
      ingress: [
        {
          port: { number: 8080, protocol: "HTTP", name: "http" },
          captureMode: "NONE",
          defaultEndpoint: "127.0.0.1:8081",
        },
      ],
    });
    const gateway = { ...verify, spec: { containers: [verify.spec.containers[1]!] } };
    assert.equal(sidecarWithoutCapture(gateway), undefined);
  });

  it("run pilot-agent with the pod's arguments and our Envoy", () => {
    const proxy = verify.spec.containers[1]!;
    const env = {
      POD_NAMESPACE: "verify",
      PROXY_CONFIG: '{"discoveryAddress":"istiod-1-23-6.istio-system.svc:15012"}',
      ISTIO_KUBE_APP_PROBERS: '{"/app-health/page/readyz":{"httpGet":{"path":"/","port":8080}}}',
    };
    const tools = { "pilot-agent": "/c/pilot-agent", envoy: "/c/envoy", bootstrap: "/c/bootstrap.json" };
    const process = proxyProcess(verify, proxy, env, tools);
    assert.equal(process.command, "/c/pilot-agent");
    assert.deepEqual(process.args, [
      "proxy",
      "sidecar",
      "--domain",
      "verify.svc",
      "--templateFile=/c/bootstrap.json",
    ]);
    assert.deepEqual(JSON.parse(process.env.PROXY_CONFIG ?? ""), {
      discoveryAddress: "istiod-1-23-6.istio-system.svc:15012",
      binaryPath: "/c/envoy",
      configPath: "./etc/istio/proxy",
      concurrency: 1,
    });
    assert.equal(process.env.ISTIO_META_INTERCEPTION_MODE, "NONE");
    assert.match(process.env.ISTIO_KUBE_APP_PROBERS ?? "", /"port":8081/);
  });

  it("answer with the page of their templates, as nginx would", () => {
    const templates = {
      "default.conf.template": `server {
  listen 8080;
  root /etc/nginx/conf.d;
  charset utf-8;
  add_header Cache-Control no-store;
  add_header Content-Security-Policy "default-src 'none'; connect-src 'self'";
  location / {
    try_files /page.html =404;
  }
}`,
      "page.html.template": "<h1>${POD_NAME}</h1> $OTHER\n",
    };
    assert.deepEqual(pageOf(templates, { POD_NAME: "verify-1" }), {
      port: 8080,
      type: "text/html; charset=utf-8",
      headers: {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; connect-src 'self'",
      },
      body: "<h1>verify-1</h1> $OTHER\n",
    });
    const without = { "default.conf.template": templates["default.conf.template"] };
    assert.throws(() => pageOf(without, {}), /has no listen, or no root/);
  });
});

describe("the choice of traffic", () => {
  const notes: string[] = [];
  const stream = { write: (text: string) => notes.push(text) } as unknown as NodeJS.WriteStream;
  const progress = createProgress({ stream });
  const tools = { "pilot-agent": "a", envoy: "e", bootstrap: "b" };
  const able = { why: () => Promise.resolve(undefined), get: () => Promise.resolve(tools) };
  const unable = { ...able, why: () => Promise.resolve("no namespaces") };

  it("goes without where the machine cannot, and says why", async () => {
    assert.deepEqual(await trafficFor("auto", progress, able), tools);
    assert.equal(await trafficFor("off", progress, able), undefined);
    assert.equal(await trafficFor("auto", progress, unable), undefined);
    assert.match(notes.join(""), /no request is sent through the mesh: no namespaces/);
  });

  it("fails when it was asked for", async () => {
    await assert.rejects(trafficFor("on", progress, unable), /"on", and this machine cannot: no namespaces/);
    const get = () => Promise.reject(new Error("no Go"));
    await assert.rejects(trafficFor("on", progress, { ...able, get }), /no Go/);
  });

  it("is off outside of Linux", async () => {
    assert.match((await whyNoNamespaces("darwin")) ?? "", /Linux/);
  });
});

describe("checks of traffic", () => {
  const answered = (cluster: string | undefined, status = 200) => ({ cluster, status });

  it("want an answer from every cluster, and no other status", () => {
    const good = shares([answered("a"), answered("b"), answered("a")], ["a", "b"]);
    assert.deepEqual(good, { status: "ok", detail: "of 3 requests: a 2, b 1" });
    assert.equal(shares([answered("a")], ["a", "b"]).detail, "b answered none");
    const failed = shares([answered("a"), answered("b"), answered(undefined, 502)], ["a", "b"]);
    assert.deepEqual(failed, { status: "failed", detail: "1 request answered with 502" });
  });

  it("want the gateways' identity at the workload", () => {
    const gateway = "spiffe://cluster.local/ns/istio-gateways/sa/istio-ingressgateway-service-account";
    assert.equal(peerProblems([gateway, gateway]).status, "ok");
    assert.match(peerProblems([gateway, undefined]).detail, /somebody without a certificate/);
    assert.equal(peerProblems(["spiffe://cluster.local/ns/default/sa/default"]).status, "failed");
    assert.equal(peerProblems([]).status, "failed");
  });
});
