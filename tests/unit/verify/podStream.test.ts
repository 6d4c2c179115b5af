import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { Duplex, PassThrough, Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { keyOf } from "../../../verify/check";
import { podStream } from "../../../verify/cluster/podStream";
import type { Verification } from "../../../verify/verify";
import { runVerify } from "./runVerify";

type Forward = Parameters<typeof podStream>[0];

const istiod = { namespace: "istio-system", pod: "istiod-1", port: 15014 };

/** A forwarded port whose ends are in the test's hands. @param opensAfter milliseconds */
function forwarded(opensAfter = 0) {
  const calls: string[] = [];
  const ends: { fromPod?: Transform; errors?: PassThrough; toPod?: PassThrough } = {};
  const socket = {
    onclose: () => undefined,
    close: () => calls.push("close"),
    terminate: () => calls.push("terminate"),
  };
  const forward = {
    portForward: (_namespace: string, _pod: string, _ports: number[], ...streams: unknown[]) => {
      const [fromPod, errors, toPod] = streams as [Transform, PassThrough, PassThrough];
      Object.assign(ends, { fromPod, errors, toPod });
      // The port's number, which is taken off: it comes as soon as the websocket is open.
      fromPod.write(Buffer.alloc(0));
      return sleep(opensAfter, socket);
    },
  } as unknown as Forward;
  return { forward, ends, socket, calls };
}

const failure = async (stream: Duplex) => ((await once(stream, "error")) as [Error])[0].message;

describe("a connection to a port of a pod", () => {
  it("carries both ways, and its end closes the websocket", async () => {
    const { forward, ends, calls } = forwarded();
    const stream = await podStream(forward, istiod, 15);
    stream.write("GET /");
    assert.equal(String((await once(ends.toPod as PassThrough, "data"))[0]), "GET /");
    ends.fromPod?.write("200");
    assert.equal(String((await once(stream, "data"))[0]), "200");
    stream.destroy();
    await new Promise((resolve) => stream.once("close", resolve));
    assert.ok(calls.includes("close"));
  });

  it("ends with what the kubelet says", async () => {
    const { forward, ends } = forwarded();
    const stream = await podStream(forward, istiod, 15);
    ends.errors?.write("connection refused\n");
    assert.equal(await failure(stream), "port 15014 of pod istiod-1: connection refused");
  });

  it("ends, with its websocket, when nothing comes any more", async () => {
    const { forward, ends, calls } = forwarded();
    const stream = await podStream(forward, istiod, 0.2);
    const seen: string[] = [];
    stream.on("data", (part: Buffer) => seen.push(part.toString()));
    const failed = failure(stream);
    // Slow is not silent.
    for (const part of ["a", "b", "c"]) {
      await sleep(120);
      ends.fromPod?.write(part);
    }
    assert.equal(
      await failed,
      "port 15014 of pod istiod-1: no answer in 0.2 s (--timeout SECONDS waits longer)",
    );
    assert.deepEqual(seen, ["a", "b", "c"]);
    assert.ok(calls.includes("terminate"));
  });

  it("is none where the websocket opens too late", async () => {
    const { forward, calls } = forwarded(200);
    await assert.rejects(podStream(forward, istiod, 0.05), /port 15014 of pod istiod-1: no answer in 0.05 s/);
    assert.deepEqual(calls, ["terminate"]);
  });
});

describe("npm run verify, on a cluster that is silent", function () {
  this.timeout(60_000);

  let server: http.Server;
  let folder: string;
  /** Whether the websocket of a forwarded port opens. */
  let opens: boolean;
  const sockets: Duplex[] = [];

  before(async () => {
    server = http.createServer((request, answer) => {
      if (request.url === "/version") {
        return;
      }
      const found = request.url?.includes("/pods?labelSelector=app%3Distiod") ? [readyIstiod] : [];
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items: found }));
    });
    server.on("upgrade", ({ headers }, socket) => {
      sockets.push(socket);
      if (!opens) {
        return;
      }
      const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash("sha1").update(key).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
      );
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "verify-"));
    const { port } = server.address() as AddressInfo;
    const outputs = JSON.stringify(outputsFor(`http://127.0.0.1:${port}`));
    fs.writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\ncat <<'END'\n${outputs}\nEND\n`, {
      mode: 0o755,
    });
  });

  after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  for (const open of [true, false]) {
    it(`ends, and says how long it has waited; forwarded ports ${open ? "open" : "do not open"}`, async () => {
      opens = open;
      const asked = sockets.length;
      const args = ["--json", "--no-pods", "--timeout", "2", "a"];
      const { code, stdout } = await runVerify(args, `${folder}:${process.env.PATH}`);
      assert.ok(sockets.length > asked);
      const { checks } = JSON.parse(stdout) as Verification;
      const cluster = checks.find((check) => keyOf(check) === "cluster a");
      assert.match(
        cluster?.detail ?? "",
        /^127\.0\.0\.1:\d+: no answer in 2 s \(--timeout SECONDS waits longer\)$/,
      );
      assert.equal(code, 1);
    });
  }
});

const readyIstiod = {
  metadata: { name: "istiod-1", namespace: "istio-system" },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

/** Of a stack with two clusters behind the same API server. */
function outputsFor(server: string): object {
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  });
  const cluster = { kubeconfig, server, certificateAuthority: "" };
  return {
    clusters: { a: cluster, b: cluster },
    mesh: {
      id: "mesh",
      clusters: { a: {}, b: {} },
      configCluster: "a",
      certificateNames: [],
      spotLabel: { key: "k", value: "v" },
    },
  };
}
