import assert from "node:assert/strict";
import { once } from "node:events";
import * as https from "node:https";
import * as net from "node:net";
import type * as tls from "node:tls";
import { makeCa } from "../../../rehearsal/certificates";
import { type Finding } from "../../../verify/check";
import {
  goesByAddress,
  ingressAnswerQuestions,
  ingressAnswersFinding,
} from "../../../verify/checks/ingressAnswers";
import type { Mesh } from "../../../verify/mesh";
import type { KubernetesObject } from "../../../verify/objects";
import { visitBehind } from "../../../verify/visit";

const statuses = (...codes: number[]) => codes.map((status) => ({ status }));
const policy = (rules: object[], namespace = "istio-gateways"): KubernetesObject => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata: { name: "ranges", namespace },
  spec: { rules },
});
const GOOGLES = policy([{ from: [{ source: { ipBlocks: ["130.211.0.0/22", "35.191.0.0/16"] } }] }]);

describe("the check of a region's ingress", () => {
  const routed = { routed: true, byAddress: [] };

  it("wants an answer of the workload to every request", () => {
    assert.deepEqual(ingressAnswersFinding(statuses(200, 200), 1, routed), {
      status: "ok",
      detail: "HTTP 200: 2 of 2, 1 pod",
    });
    assert.deepEqual(ingressAnswersFinding(statuses(200, 404), 2, { ...routed, advice: "404: look" }), {
      status: "failed",
      detail: "HTTP 200: 1 of 2, HTTP 404: 1 of 2, 2 pods",
      fix: "404: look",
    });
  });

  it("does not know which requests are somebody's without the workload", () => {
    const unrouted = { routed: false, byAddress: [] };
    assert.equal(ingressAnswersFinding(statuses(404, 302), 1, unrouted).status, "ok");
    assert.equal(ingressAnswersFinding(statuses(404, 503), 1, unrouted).status, "failed");
  });

  it("does not judge a refusal where policies go by addresses", () => {
    const byAddress = { routed: true, byAddress: ["AuthorizationPolicy istio-gateways/ranges"] };
    const refused = ingressAnswersFinding(statuses(403, 403), 1, byAddress);
    assert.equal(refused.status, "unknown");
    assert.match(refused.detail, /addresses are what AuthorizationPolicy istio-gateways\/ranges goes by/);
    assert.equal(ingressAnswersFinding(statuses(403, 403), 1, routed).status, "failed");
    assert.equal(ingressAnswersFinding(statuses(403, 503), 1, byAddress).status, "failed");
  });

  it("sees by what a policy goes", () => {
    assert.ok(goesByAddress(GOOGLES));
    assert.ok(goesByAddress(policy([{ when: [{ key: "remote.ip", values: ["203.0.113.0/24"] }] }])));
    assert.ok(!goesByAddress(policy([{ from: [{ source: { namespaces: ["shop"] } }] }])));
    assert.ok(!goesByAddress(policy([])));
  });
});

describe("requests behind the load balancer", () => {
  const pair = makeCa("gateway");
  const seen: { servername: unknown; host?: string }[] = [];
  let status = 200;
  let closes = false;
  let connections = 0;
  const gateway = https.createServer(
    { cert: pair.certificate, key: pair.key },
    ({ socket, headers }, answer) => {
      seen.push({ servername: (socket as tls.TLSSocket).servername, host: headers.host });
      answer.writeHead(status, closes ? { connection: "close" } : {}).end("answered");
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
    [connections, status, closes] = [0, 200, false];
    seen.splice(0);
  });

  const dial = () => Promise.resolve(net.connect(port, "127.0.0.1"));

  it("come without a server name, one after the other by one connection", async () => {
    const answers = await visitBehind(dial, { host: "mesh.example.com", timeout: 5, times: 3 });
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body]),
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
      clusters: [{ name: "us-central1", stack: "us-central1", region: "us-central1", api }],
      config: { certificateNames: ["mesh.example.com"], verifyNamespace: "verify" },
      timeout: 5,
    } as unknown as Mesh;
    const [question] = ingressAnswerQuestions(mesh);
    assert.ok(question);
    return question.ask();
  }

  it("are sent to the gateway's pods", async () => {
    assert.deepEqual(await ask({ containerID: "x" }), {
      status: "ok",
      detail: "HTTP 200: 10 of 10, 1 pod",
    });
    status = 404;
    const failed = await ask({ containerID: "x" });
    assert.equal(failed.status, "failed");
    assert.match(failed.fix ?? "", /^404: no VirtualService .*: pulumi up --refresh -s us-central1$/);
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
