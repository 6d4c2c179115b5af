import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as http from "node:http";
import * as net from "node:net";
import { makeCa } from "../../../rehearsal/certificates";
import { type Finding, judge, keyOf } from "../../../verify/check";
import { redirectFinding, shownFinding, trafficQuestions } from "../../../verify/checks/traffic";
import { ingressAnswerQuestions } from "../../../verify/checks/ingressAnswers";
import type { Mesh } from "../../../verify/mesh";
import { questionsOf } from "../../../verify/questions";
import { Unreachable, visit } from "../../../verify/visit";

const names = ["us-east1", "us-central1"];

describe("the check of the redirect", () => {
  it("wants one to HTTPS", () => {
    const answer = (status: number, location?: string) => redirectFinding({ status, headers: { location } });
    assert.equal(answer(301, "https://mesh.example.com/").status, "ok");
    assert.equal(answer(308, "https://mesh.example.com/").status, "ok");
    assert.equal(answer(301, "http://mesh.example.com/").status, "failed");
    assert.equal(answer(200).detail, "HTTP 200");
  });
});

describe("the check of the shown certificate", () => {
  it("wants the one of the Secret", () => {
    const [one, other] = ["mesh.example.com", "elsewhere.example.com"].map(
      (name) => new X509Certificate(makeCa(name).certificate),
    );
    assert.ok(one && other);
    assert.equal(shownFinding(one, [other, one], ["edge-tls"]).status, "ok");
    const wrong = shownFinding(other, [one], ["edge-tls"]);
    assert.match(wrong.detail, /elsewhere\.example\.com is not in Secret edge-tls/);
    assert.equal(shownFinding(undefined, [one], ["edge-tls"]).status, "failed");
  });
});

describe("requests that are really sent", () => {
  const mesh = {
    address: "203.0.113.2",
    clusters: names.map((name) => ({ name, stack: name, region: name, network: name, server: "" })),
    config: {
      id: "mesh",
      configCluster: "us-east1",
      revision: "1-23-6",
      certificateNames: [],
      clusters: {},
      verifyNamespace: "verify",
    },
  } as unknown as Mesh;

  /** Which checks are not judged when some have failed, and all that is sent fails. */
  function hidden(broken: string[]): string[] {
    const questions = questionsOf(mesh);
    const sent = new Set([...ingressAnswerQuestions(mesh), ...trafficQuestions(mesh)].map(keyOf));
    const findings = questions.map((question): Finding => {
      const key = keyOf(question);
      return { status: sent.has(key) || broken.includes(key) ? "failed" : "ok", detail: "" };
    });
    return judge(questions, findings)
      .filter(({ because }) => because)
      .map(keyOf);
  }

  it("are judged where nothing else is wrong", () => {
    assert.deepEqual(
      hidden([]),
      ["ingress-answers us-east1", "ingress-answers us-central1", "answers"],
      "answers need the way between the clusters",
    );
    assert.deepEqual(
      trafficQuestions(mesh).filter(({ needs = [] }) =>
        needs.some((key) => !questionsOf(mesh).some((one) => keyOf(one) === key)),
      ),
      [],
      "what they need is asked",
    );
  });

  it("say nothing of their own when what they meet is broken", () => {
    for (const id of ["trust-domain us-central1", "east-west-gateway us-central1", "health-check us-east1"]) {
      assert.ok(hidden([id]).includes("answers"), id);
    }
    assert.ok(hidden(["redirect us-east1"]).includes("redirect-answers"));
    assert.ok(hidden(["edge-certificate us-east1"]).includes("shown-certificate"));
    assert.ok(hidden(["east-west-service us-central1"]).includes("east-west-answers us-east1>us-central1"));
    assert.ok(!hidden(["east-west-service us-central1"]).includes("east-west-answers us-central1>us-east1"));
    assert.ok(!hidden(["redirect us-east1"]).includes("shown-certificate"));
  });
});

describe("a visit", () => {
  const { HTTPS_PROXY } = process.env;
  const page = http.createServer((request, response) =>
    response.writeHead(301, { location: `https://${request.headers.host}/` }).end("moved"),
  );
  const proxy = http.createServer();
  const targets: string[] = [];

  before(async () => {
    proxy.on("connect", (request, client: net.Socket) => {
      targets.push(request.url ?? "");
      if (request.url !== "203.0.113.2:80") {
        client.end("HTTP/1.1 502 nobody has that address\r\n\r\n");
        return;
      }
      const server = net.connect((page.address() as net.AddressInfo).port, "127.0.0.1");
      client.write("HTTP/1.1 200 ok\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const server of [page, proxy]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
  });

  after(() => {
    process.env.HTTPS_PROXY = HTTPS_PROXY;
    if (HTTPS_PROXY === undefined) {
      delete process.env.HTTPS_PROXY;
    }
    [page, proxy].forEach((server) => server.close());
  });

  it("asks the address for a name, by the environment's proxy", async () => {
    const answer = await visit("203.0.113.2", { secure: false, host: "mesh.example.com", timeout: 15 });
    assert.deepEqual(
      [answer.status, answer.headers.location, answer.body, answer.certificate],
      [301, "https://mesh.example.com/", "moved", undefined],
    );
    assert.deepEqual(targets, ["203.0.113.2:80"]);
  });

  it("tells an address that is not reached from one that answers wrong", async () => {
    const asked = visit("203.0.113.3", { secure: true, host: "mesh.example.com", timeout: 15 });
    await assert.rejects(asked, (error: Error) => {
      assert.ok(error instanceof Unreachable);
      assert.match(error.message, /answers 502: nobody has that address/);
      return true;
    });
  });
});
