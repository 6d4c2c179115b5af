import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import type { Dial } from "../../../rehearsal/kubernetes/portForward";
import { portForwardByWebsocket } from "../../../rehearsal/kubernetes/portForwardWebsocket";
import { podStream } from "../../../verify/cluster/podStream";

describe("port-forward by websocket to a pod with a network of its own", () => {
  const servers: net.Server[] = [];
  const sockets = new Set<Duplex>();
  afterEach(() => {
    sockets.forEach((socket) => socket.destroy());
    servers.splice(0).forEach((server) => server.close());
  });

  async function listen(server: net.Server): Promise<number> {
    servers.push(server);
    server.on("connection", (socket) => sockets.add(socket));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as net.AddressInfo).port;
  }

  /** A stream of a client of the Kubernetes project, as if this server were the API server and the kubelet. */
  async function stream(dial: Dial, port: number): Promise<Duplex> {
    const kubelet = http.createServer();
    kubelet.on("upgrade", (request, connection, head) => {
      // What the API server makes of the client's `ports`.
      request.url = `/portForward/ns/pod?port=${new URL(request.url ?? "", "http://x").searchParams.get("ports")}`;
      portForwardByWebsocket(request, connection, head, dial);
    });
    const { KubeConfig, PortForward } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    const server = `http://127.0.0.1:${await listen(kubelet)}`;
    config.loadFromClusterAndUser({ name: "c", server, skipTLSVerify: true }, { name: "u" });
    return podStream(new PortForward(config), { namespace: "ns", pod: "pod", port }, 15);
  }

  it("carries both ways, in order, also what is larger than a message", async () => {
    const echo = await listen(net.createServer((socket) => socket.pipe(socket)));
    const asked: number[] = [];
    const forwarded = await stream((port) => {
      asked.push(port);
      return Promise.resolve(net.connect(echo, "127.0.0.1"));
    }, 8443);
    const sent = Buffer.alloc(300_000, "0123456789");
    const received: Buffer[] = [];
    forwarded.on("data", (chunk: Buffer) => received.push(chunk));
    forwarded.write(sent);
    while (Buffer.concat(received).length < sent.length) {
      await once(forwarded, "data");
    }
    assert.ok(Buffer.concat(received).equals(sent));
    assert.deepEqual(asked, [8443]);
    forwarded.destroy();
  });

  it("ends when the pod's side does, and when the client's does", async () => {
    const goodbye = await listen(net.createServer((socket) => socket.end("bye")));
    const forwarded = await stream(() => Promise.resolve(net.connect(goodbye, "127.0.0.1")), 1);
    const said: Buffer[] = [];
    for await (const chunk of forwarded) {
      said.push(chunk as Buffer);
    }
    assert.equal(Buffer.concat(said).toString(), "bye");

    const silent = net.createServer();
    const target = net.connect(await listen(silent), "127.0.0.1");
    await once(target, "connect");
    const left = await stream(() => Promise.resolve(target), 1);
    left.destroy();
    await once(target, "close");
  });

  it("says on the error channel why there is no connection", async () => {
    const forwarded = await stream(() => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:9")), 9);
    const [error] = (await once(forwarded, "error")) as [Error];
    assert.equal(
      error.message,
      "port 9 of pod pod: error forwarding port 9: connect ECONNREFUSED 127.0.0.1:9",
    );
  });
});
