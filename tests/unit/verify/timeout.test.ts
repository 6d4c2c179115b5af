import assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import { issue, makeCa } from "../../../rehearsal/certificates";
import { trafficQuestions } from "../../../verify/checks/traffic";
import { ClusterClient } from "../../../verify/cluster/client";
import type { Mesh } from "../../../verify/mesh";
import { Unreachable, visit } from "../../../verify/visit";

const host = "mesh.example.com";

/** Within which nobody here is silent who is meant to answer. */
const AMPLE = 15;

describe("the timeout of an answer", function () {
  this.timeout(60_000);

  const variables = ["HTTPS_PROXY", "NO_PROXY", "no_proxy"] as const;
  const saved = variables.map((name) => [name, process.env[name]] as const);
  const servers: net.Server[] = [];
  const sockets: net.Socket[] = [];
  /** Ports on this machine behind the proxy, which is silent about whatever else is asked of it. */
  const behind: Record<string, number> = {};

  async function listening(server: net.Server): Promise<number> {
    servers.push(server);
    server.on("connection", (socket: net.Socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as net.AddressInfo).port;
  }

  before(async () => {
    const { certificate, key } = issue(makeCa("somebody"), { cn: host, dns: [host] });
    const slow = http.createServer((_request, answer) => {
      setTimeout(() => answer.end('{"gitVersion":"v1.33.0"}'), 300);
    });
    behind["203.0.113.2:80"] = await listening(slow);
    behind["203.0.113.3:443"] = await listening(net.createServer());
    behind["203.0.113.4:443"] = await listening(tls.createServer({ cert: certificate, key }));
    const proxy = http.createServer().on("connect", (request, client: net.Socket) => {
      const port = behind[request.url ?? ""];
      if (port) {
        const server = net.connect(port, "127.0.0.1");
        client.write("HTTP/1.1 200 ok\r\n\r\n");
        client.pipe(server).pipe(client);
      }
    });
    variables.forEach((name) => delete process.env[name]);
    process.env.HTTPS_PROXY = `http://127.0.0.1:${await listening(proxy)}`;
  });

  after(() => {
    for (const [name, value] of saved) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
    sockets.forEach((socket) => socket.destroy());
    servers.forEach((server) => server.close());
  });

  const client = (server: string, timeout: number) =>
    ClusterClient.fromKubeconfig(
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        "current-context": "c",
      }),
      timeout,
    );

  it("is how long a visit waits for the way, for TLS and for the page, each by its name", async () => {
    const away = (error: Error) => error instanceof Unreachable && /^no answer in 0\.1 s/.test(error.message);
    await assert.rejects(visit("203.0.113.9", { secure: true, host, timeout: 0.1 }), away);
    await assert.rejects(visit("203.0.113.3", { secure: true, host, timeout: 0.1 }), {
      message: "no TLS handshake in 0.1 s (--timeout SECONDS waits longer)",
    });
    await assert.rejects(visit("203.0.113.4", { secure: true, host, timeout: 0.2 }), {
      message: "no answer in 0.2 s (--timeout SECONDS waits longer)",
    });
    await assert.rejects(visit("203.0.113.2", { secure: false, host, timeout: 0.1 }), /no answer in 0\.1 s/);
    assert.equal((await visit("203.0.113.2", { secure: false, host, timeout: AMPLE })).status, 200);
  });

  it("is how long an API server may take, and the way to it", async () => {
    const server = `127.0.0.1:${behind["203.0.113.2:80"]}`;
    const version = async (url: string, timeout: number) => {
      const api = await client(url, timeout);
      return api.request("GET", "/version").finally(() => api.close());
    };
    process.env.NO_PROXY = "127.0.0.1";
    await assert.rejects(version(`http://${server}`, 0.1), {
      message: `${server}: no answer in 0.1 s (--timeout SECONDS waits longer)`,
    });
    assert.deepEqual(await version(`http://${server}`, AMPLE), { gitVersion: "v1.33.0" });
    await assert.rejects(version("https://203.0.113.9", 0.1), {
      message: "203.0.113.9: no answer in 0.1 s (--timeout SECONDS waits longer)",
    });
    await assert.rejects(version("https://203.0.113.4", 0.2), {
      message: "203.0.113.4: no answer in 0.2 s (--timeout SECONDS waits longer)",
    });
  });

  it("is how long a forwarded port may be silent, and take to open", async () => {
    process.env.NO_PROXY = "127.0.0.1";
    const silent = http.createServer().on("upgrade", () => undefined);
    const api = await client(`http://127.0.0.1:${await listening(silent)}`, 0.2);
    await assert.rejects(api.dial("istio-system", "istiod-1", 15014), {
      message: "port 15014 of pod istiod-1: no answer in 0.2 s (--timeout SECONDS waits longer)",
    });
    api.close();
  });

  it("is that of the mesh which is asked", async () => {
    const mesh = {
      address: "203.0.113.9",
      clusters: [],
      config: { id: "mesh", certificateNames: [host] },
      timeout: 0.1,
    } as unknown as Mesh;
    for (const [id, port] of [
      ["answers", 443],
      ["redirect-answers", 80],
    ] as const) {
      const question = trafficQuestions(mesh).find((one) => one.id === id);
      assert.deepEqual(await question?.ask(), {
        status: "unknown",
        detail: `this machine does not reach 203.0.113.9:${port}: no answer in 0.1 s (--timeout SECONDS waits longer)`,
      });
    }
  });
});
