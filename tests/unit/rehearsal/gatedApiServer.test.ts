import assert from "node:assert/strict";
import { once } from "node:events";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { makeCa, issue } from "../../../rehearsal/certificates";
import { type ApiCall, jsonReply } from "../../../rehearsal/chaos/gate";
import { type GatedApiServer, gateApiServer } from "../../../rehearsal/chaos/gatedApiServer";

const ENDPOINT = "gke-1.us-east1.gke.goog";

describe("the gate before an API server", () => {
  const ca = makeCa("cluster");
  const publicCa = makeCa("public");
  const calls: ApiCall[] = [];
  let behind: https.Server;
  let gated: GatedApiServer;

  before(async () => {
    const { certificate, key } = issue(ca, { cn: "kube-apiserver", ips: ["127.0.0.1"] });
    behind = https.createServer({ cert: certificate, key }, (_request, response) =>
      response.end("carried out"),
    );
    behind.on("upgrade", (request, socket: Duplex, head: Buffer) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${request.headers.upgrade}\r\nconnection: upgrade\r\n\r\n`,
      );
      socket.write(head);
      socket.pipe(socket);
    });
    await once(behind.listen(0, "127.0.0.1"), "listening");
    gated = await gateApiServer({
      cluster: "us-east1",
      dnsEndpoint: ENDPOINT,
      publicCa,
      port: (behind.address() as AddressInfo).port,
      ca: ca.certificate,
      gate: async (call, carryOut) => {
        calls.push(call);
        return call.operation === "delete" ? jsonReply(503, {}) : carryOut();
      },
    });
  });

  after(() => {
    gated.close();
    behind.close();
    behind.closeAllConnections();
  });

  const request = (method: string, path: string, headers = {}) =>
    https.request({
      host: "127.0.0.1",
      port: gated.port,
      servername: ENDPOINT,
      ca: publicCa.certificate,
      method,
      path,
      headers,
      agent: false,
    });

  it("carries out, or refuses", async () => {
    for (const [method, status] of [
      ["GET", 200],
      ["DELETE", 503],
    ] as const) {
      const [response] = (await once(request(method, "/api/v1/namespaces/a").end(), "response")) as [
        { statusCode: number; resume(): void },
      ];
      response.resume();
      assert.equal(response.statusCode, status);
    }
    assert.deepEqual(
      calls.map(({ operation }) => operation),
      ["read", "delete"],
    );
  });

  it("lets a stream to a pod through as it is", async () => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket" };
    const asked = request("GET", "/api/v1/namespaces/a/pods/b/portforward?ports=15014", upgrade).end();
    const [, socket] = (await once(asked, "upgrade")) as [unknown, Duplex];
    socket.write("through and back");
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.equal(String(answer), "through and back");
    const closed = once(socket, "close");
    gated.close();
    await closed;
  });
});
