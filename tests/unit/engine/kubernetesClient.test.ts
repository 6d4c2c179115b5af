import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { ApiClient, ApiError, ConnectionError, NoMatchError } from "../../../rehearsal/kubernetes/client";
import { parseKubeconfig, proxyFor } from "../../../rehearsal/kubernetes/kubeconfig";

const kubeconfig = (server: string, user: object) =>
  JSON.stringify({
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "ns" } }],
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
  });

describe("a kubeconfig", () => {
  it("gives the cluster, user and namespace of its current context", () => {
    const { cluster, user, namespace } = parseKubeconfig(kubeconfig("https://a", { token: "t" }));
    assert.deepEqual([cluster.server, user.token, namespace], ["https://a", "t", "ns"]);
  });

  it("says what it lacks", () => {
    assert.throws(
      () => parseKubeconfig(kubeconfig("https://a", {}), { context: "there" }),
      /no context "there"; it has: here/,
    );
    assert.throws(() => parseKubeconfig(kubeconfig("", {})), /no cluster "c" with a server/);
    assert.throws(() => parseKubeconfig("just words"), /expected an object/);
  });
});

describe("the proxy of the environment", () => {
  const env = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "example.com,10.0.0.1" };
  const cases: [string, string | undefined][] = [
    ["https://gke-1.us-east1.gke.goog", env.HTTPS_PROXY],
    ["https://example.com", undefined],
    ["https://a.example.com:6443", undefined],
    ["https://badexample.com", env.HTTPS_PROXY],
    ["https://10.0.0.1", undefined],
    ["https://127.0.0.1:6443", undefined],
    ["https://localhost", undefined],
    ["http://a.com", undefined],
  ];
  for (const [server, proxy] of cases) {
    it(`${server}: ${proxy ?? "none"}`, () => assert.equal(proxyFor(server, env), proxy));
  }
});

describe("the API client", () => {
  let server: http.Server;
  let url: string;
  let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  const json = (response: http.ServerResponse, status: number, body: unknown, headers: object = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  const resources = {
    resources: [
      { name: "configmaps", kind: "ConfigMap", namespaced: true, verbs: ["get"] },
      { name: "configmaps/status", kind: "ConfigMap", namespaced: true, verbs: ["get"] },
    ],
  };

  before((done) => {
    server = http.createServer((request, response) => answer(request, response));
    server.listen(0, "127.0.0.1", () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done();
    });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("finds kinds, and looks anew for those that were missing", async () => {
    const asked: string[] = [];
    let served: object = { resources: [] };
    answer = (request, response) => {
      asked.push(request.url ?? "");
      json(response, 200, served);
    };
    const client = new ApiClient({ server: url });
    await assert.rejects(client.resourceFor("v1", "ConfigMap"), NoMatchError);
    served = resources;
    const found = await client.resourceFor("v1", "ConfigMap");
    assert.deepEqual([found.prefix, found.plural, found.subresources], ["/api/v1", "configmaps", ["status"]]);
    await client.resourceFor("v1", "ConfigMap");
    assert.deepEqual(asked, ["/api/v1", "/api/v1"]);
  });

  it("answers undefined for what is not there, and the server's reason for what it refuses", async () => {
    answer = (request, response) => {
      if (request.url === "/api/v1") return json(response, 200, resources);
      const status = request.url?.endsWith("/gone") ? 404 : 422;
      json(response, status, { reason: status === 404 ? "NotFound" : "Invalid", message: "no good" });
    };
    const client = new ApiClient({ server: url });
    assert.equal(await client.get("v1", "ConfigMap", "gone", "ns"), undefined);
    await assert.rejects(client.get("v1", "ConfigMap", "bad", "ns"), (error: ApiError) => {
      assert.deepEqual([error.status, error.reason, error.message], [422, "Invalid", "no good"]);
      return true;
    });
  });

  it("says which server it cannot reach", async () => {
    const client = new ApiClient({ server: "https://127.0.0.1:1" });
    await assert.rejects(client.request("GET", "/"), (error: Error) => {
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, /https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
      return true;
    });
  });

  it("repeats what the server asks to repeat", async () => {
    let asked = 0;
    answer = (_, response) => {
      asked++;
      json(response, asked === 1 ? 429 : 200, {}, asked === 1 ? { "retry-after": "0.01" } : {});
    };
    await new ApiClient({ server: url }).request("GET", "/x");
    assert.equal(asked, 2);
  });

  it("asks a credential plugin once until its token expires or is refused", async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "exec-"));
    const calls = path.join(folder, "calls");
    const script = `
      const fs = require("fs");
      fs.appendFileSync(${JSON.stringify(calls)}, "x");
      const token = "token-" + fs.readFileSync(${JSON.stringify(calls)}, "utf8").length;
      const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      console.log(JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token, expirationTimestamp: "2100-01-01T00:00:00Z" } }));`;
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: process.execPath,
      args: ["-e", script],
    };
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      json(response, request.url === "/refused" && seen.length === 3 ? 401 : 200, {});
    };
    const client = ApiClient.fromKubeconfig(kubeconfig(url, { exec }));
    await Promise.all([client.request("GET", "/a"), client.request("GET", "/b")]);
    await client.request("GET", "/refused");
    assert.deepEqual(seen, ["Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    await fs.rm(folder, { recursive: true });
  });

  it("gives the hint of a credential plugin that is not installed", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "no-such-plugin",
      installHint: "Install it.",
    };
    const client = ApiClient.fromKubeconfig(kubeconfig(url, { exec }));
    await assert.rejects(client.request("GET", "/"), /executable no-such-plugin not found\n\nInstall it\./);
  });

  it("watches through a broken connection and a forgotten version", async () => {
    const object = (name: string, version: string) => ({ metadata: { name, resourceVersion: version } });
    let lists = 0;
    answer = (request, response) => {
      const address = new URL(request.url ?? "", url);
      if (address.pathname === "/api/v1") return json(response, 200, resources);
      const from = address.searchParams.get("resourceVersion");
      if (!address.searchParams.has("watch")) {
        lists++;
        const items = lists === 1 ? [object("a", "1"), object("b", "1")] : [object("a", "4")];
        return json(response, 200, { metadata: { resourceVersion: lists === 1 ? "1" : "4" }, items });
      }
      response.writeHead(200, { "content-type": "application/json" });
      if (from === "1") response.end(`${JSON.stringify({ type: "MODIFIED", object: object("a", "2") })}\n`);
      else if (from === "2")
        response.end(`${JSON.stringify({ type: "ERROR", object: { code: 410, message: "too old" } })}\n`);
      else response.flushHeaders();
    };
    const stop = new AbortController();
    const events: string[] = [];
    const client = new ApiClient({ server: url });
    await new Promise<void>((resolve) =>
      client.watch(
        "v1",
        "ConfigMap",
        (type, { metadata }) => {
          events.push(`${type} ${metadata.name} ${String(metadata.resourceVersion)}`);
          if (events.length === 5) resolve();
        },
        { namespace: "ns", signal: stop.signal },
      ),
    );
    stop.abort();
    await client.close();
    assert.deepEqual(events, ["ADDED a 1", "ADDED b 1", "MODIFIED a 2", "MODIFIED a 4", "DELETED b 1"]);
  });
});
