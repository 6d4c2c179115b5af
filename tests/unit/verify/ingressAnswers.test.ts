import assert from "node:assert/strict";
import { once } from "node:events";
import * as https from "node:https";
import * as net from "node:net";
import type * as tls from "node:tls";
import { makeCa } from "../../../rehearsal/certificates";
import { type Finding } from "../../../verify/check";
import { ingressAnswerQuestions } from "../../../verify/checks/ingressAnswers";
import type { Mesh } from "../../../verify/mesh";
import type { KubernetesObject } from "../../../verify/objects";
import { visitBehind } from "../../../verify/visit";

const policy = (rules: object[], namespace = "istio-gateways"): KubernetesObject => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata: { name: "ranges", namespace },
  spec: { rules },
});
const GOOGLES = policy([{ from: [{ source: { ipBlocks: ["130.211.0.0/22", "35.191.0.0/16"] } }] }]);

describe("requests behind the load balancer", () => {
  const pair = makeCa("gateway");
  const seen: { servername: unknown; host?: string }[] = [];
  let status = 200;
  /** Whose pods take turns. */
  let turns = ["us-central1", "us-east1"];
  let closes = false;
  let connections = 0;
  const gateway = https.createServer(
    { cert: pair.certificate, key: pair.key },
    ({ socket, headers }, answer) => {
      seen.push({ servername: (socket as tls.TLSSocket).servername, host: headers.host });
      answer
        .writeHead(status, closes ? { connection: "close" } : {})
        .end(`answered in ${turns[seen.length % turns.length]}`);
    },
  );
  let port: number;

  before(async () => {
    gateway.on("connection", () => connections++);
    await once(gateway.listen(0, "127.0.0.1"), "listening");
    port = (gateway.address() as net.AddressInfo).port;
  });
  after(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  beforeEach(() => {
    [connections, status, closes, turns] = [0, 200, false, ["us-central1", "us-east1"]];
    seen.splice(0);
  });

  const dial = () => Promise.resolve(net.connect(port, "127.0.0.1"));

  it("come without a server name, one after the other by one connection", async () => {
    const answers = await visitBehind(dial, { host: "mesh.example.com", timeout: 5, times: 3 });
    assert.deepEqual(
      answers.map((one) => [one.status, one.body.replace(/ .*/, "")]),
      [1, 2, 3].map(() => [200, "answered"]),
    );
    assert.deepEqual(
      seen,
      [1, 2, 3].map(() => ({ servername: false, host: "mesh.example.com" })),
    );
    assert.equal(connections, 1);
  });

  it("go on by a new connection where a gateway that leaves closes it", async () => {
    closes = true;
    assert.equal((await visitBehind(dial, { host: "x", timeout: 5, times: 3 })).length, 3);
    assert.equal(connections, 3);
  });

  /** @param pod its container status, and whether it is ready */
  function ask(
    pod: { containerID?: string; ready?: boolean },
    policies: KubernetesObject[] = [],
    locality = false,
  ): Promise<Finding> {
    const pods = [
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "gateway-1", namespace: "istio-gateways" },
        status: {
          conditions: [{ type: "Ready", status: pod.ready === false ? "False" : "True" }],
          containerStatuses: [pod],
        },
      },
    ];
    const api = {
      dial,
      list: (_version: string, kind: string) => Promise.resolve(kind === "Pod" ? pods : policies),
    };
    const mesh = {
      clusters: ["us-central1", "us-east1"].map((name) => ({ name, stack: name, region: name, api })),
      config: { certificateNames: [], verifyNamespace: "verify", locality },
      timeout: 5,
    } as unknown as Mesh;
    const [question] = ingressAnswerQuestions(mesh);
    assert.ok(question);
    return question.ask();
  }

  it("are sent to the gateway's pods", async () => {
    assert.deepEqual(await ask({ containerID: "x" }), {
      status: "ok",
      detail: "of 10 requests: us-central1 5, us-east1 5, by 1 pod",
    });
    status = 404;
    const failed = await ask({ containerID: "x" });
    assert.equal(failed.status, "failed");
    assert.match(failed.fix ?? "", /^404: no VirtualService .*: pulumi up --refresh -s us-central1$/);
  });

  it("want an answer of every cluster, and wait for one that comes by seldom", async () => {
    turns = [...Array.from({ length: 24 }, () => "us-central1"), "us-east1"];
    assert.deepEqual(await ask({ containerID: "x" }), {
      status: "ok",
      detail: "of 30 requests: us-central1 29, us-east1 1, by 1 pod",
    });
    turns = ["us-central1"];
    const alone = await ask({ containerID: "x" });
    assert.equal(alone.status, "failed");
    assert.match(alone.detail, /^of 60 requests none was answered in us-east1/);
    assert.match(alone.fix ?? "", /^kubectl --context us-central1 get destinationrules,/);
    assert.equal((await ask({ containerID: "x" }, [], true)).status, "ok");
  });

  it("are not judged where nothing runs, or a policy goes by addresses", async () => {
    assert.deepEqual(await ask({}), {
      status: "unknown",
      detail: "the nodes of us-central1 run no containers",
    });
    assert.equal((await ask({ containerID: "x", ready: false })).status, "failed");
    status = 403;
    assert.equal((await ask({ containerID: "x" }, [GOOGLES])).status, "unknown");
    const elsewhere = { ...GOOGLES, metadata: { ...GOOGLES.metadata, namespace: "shop" } };
    assert.equal((await ask({ containerID: "x" }, [elsewhere])).status, "failed");
  });
});
