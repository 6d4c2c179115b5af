import * as assert from "node:assert/strict";
import type { Pod } from "../../../rehearsal/istio/pod";
import { hardwareAddress } from "../../../rehearsal/traffic/inside/networks";
import { sidecarWithoutCapture } from "../../../rehearsal/traffic/additions";
import { pageOf } from "../../../rehearsal/traffic/page";
import { proxyProcess } from "../../../rehearsal/traffic/proxy";

describe("pods that carry traffic", () => {
  it("have the same hardware address where they get the address of one that is gone", () => {
    assert.equal(hardwareAddress("10.21.0.7"), "02:00:0a:15:00:07");
    assert.equal(hardwareAddress("10.17.255.254"), "02:00:0a:11:ff:fe");
  });

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
