import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { reachProblem, unreachable, unreachableConfigCluster } from "../../components/peerReach";
import { FakeApiServer } from "./fakeApiServer";

const SOON = { deadlineSeconds: 0.3, waitSeconds: 0.05 };

/** Somebody who takes every connection and says nothing. */
async function silent(): Promise<{ server: Server; port: number }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as { port: number }).port };
}

async function problemOf(answer: unknown, options = SOON) {
  const server = new FakeApiServer({ "/version": answer });
  try {
    return { problem: await reachProblem(await server.start(), options), asked: server.asked };
  } finally {
    server.stop();
  }
}

describe("the API server of a peer", () => {
  it("is asked for its version, once, as who will work there", async () => {
    const { problem, asked } = await problemOf({ major: "1", minor: "33" });
    assert.equal(problem, undefined);
    assert.deepEqual(asked, ["Bearer a-token GET /version"]);
  });

  it("may be told from one that lets nobody in", async () => {
    for (const code of [401, 403]) {
      const { problem, asked } = await problemOf(code);
      assert.equal(problem?.said, `refused (${code})`);
      assert.equal(problem.wrong, "refused");
      assert.equal(asked.length, 1);
      assert.match(unreachable("us-east1", "us-east1", problem), /needs container\.clusters\.connect/);
    }
  });

  it("is asked again while it restarts", async () => {
    const { problem, asked } = await problemOf(503);
    assert.equal(problem?.said, "answered 503");
    assert.ok(asked.length > 1);
  });

  it("is given up when it takes the request and never answers", async () => {
    const { server, port } = await silent();
    const kubeconfig = kubeconfigFor(`http://127.0.0.1:${port}`);
    const problem = await reachProblem(kubeconfig, SOON);
    server.closeAllConnections();
    server.close();
    assert.deepEqual(problem, {
      address: `http://127.0.0.1:${port}`,
      said: "no answer in time",
      wrong: "way",
    });
  });

  it("is named with its address, what was tried, and what to do", async () => {
    const { server, port } = await silent();
    server.close();
    const problem = await reachProblem(kubeconfigFor(`http://127.0.0.1:${port}`), SOON);
    assert.match(problem?.said ?? "", /ECONNREFUSED/);
    const message = unreachable("us-east1", "prod", problem ?? assert.fail());
    assert.match(
      message,
      /^Cluster us-east1 of stack prod cannot be reached: GET http:\/\/127\.0\.0\.1:\d+\/version: .*ECONNREFUSED/,
    );
    for (const line of [
      "gcloud container clusters get-credentials us-east1",
      "PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh -s prod",
      "take it out of mesh:peers",
    ]) {
      assert.ok(message.includes(line), message);
    }
  });

  it("is named, as the config cluster, with the standby at home", () => {
    const problem = { address: "https://10.32.0.2", said: "refused (403)", wrong: "refused" as const };
    const message = unreachableConfigCluster("us-central1", "prod", "us-east1", problem);
    assert.match(
      message,
      /^Cluster us-central1 of stack prod cannot be reached: GET https:\/\/10\.32\.0\.2\/version: refused \(403\); and/,
    );
    assert.match(
      message,
      /container\.clusters\.connect.*write mesh\.configCluster: us-east1, and pulumi up again/,
    );
    assert.doesNotMatch(message, /mesh:peers/);
  });

  it("has a plugin that says why it gives no token", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "sh", args: ["-c", FAILS] };
    const problem = await reachProblem(kubeconfigFor("https://127.0.0.1:1", { exec }), SOON);
    assert.equal(problem?.said, "its kubeconfig's command sh gives no credential: no login");
    const peer = unreachable("us-east1", "prod", problem);
    const config = unreachableConfigCluster("us-east1", "prod", "us-east1", problem);
    for (const message of [peer, config]) {
      assert.match(
        message,
        /^Cluster us-east1 of stack prod cannot be reached: its kubeconfig's command sh /,
      );
      assert.match(message, /gcloud auth login/);
      assert.doesNotMatch(message, /network|GET |lost/);
    }
  });

  it("has a plugin that is not waited for any longer than the server", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "sleep", args: ["2"] };
    const problem = await reachProblem(kubeconfigFor("https://127.0.0.1:1", { exec }), SOON);
    assert.equal(problem?.said, "its kubeconfig's command sleep gives no credential: no answer in time");
  });

  it("is not shown when the kubeconfig is none", async () => {
    for (const kubeconfig of ["users: [{ token: hush", "hush", "{}"]) {
      const problem = await reachProblem(kubeconfig, SOON);
      assert.equal(problem?.said, "its kubeconfig cannot be read");
    }
  });
});

const FAILS = "echo no login >&2; exit 1";

function kubeconfigFor(server: string, user: object = { token: "a-token" }): string {
  return JSON.stringify({
    "current-context": "peer",
    clusters: [{ name: "peer", cluster: { server, "insecure-skip-tls-verify": true } }],
    contexts: [{ name: "peer", context: { cluster: "peer", user: "peer" } }],
    users: [{ name: "peer", user }],
  });
}
