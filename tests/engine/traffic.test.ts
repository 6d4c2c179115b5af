import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runChecks } from "../../rehearsal/checks";
import { outages } from "../../rehearsal/drill/outages";
import type { ApiClient } from "../../rehearsal/kubernetes/client";
import { whyNoNamespaces } from "../../rehearsal/traffic/namespaces";
import { requestEdge } from "../../rehearsal/traffic/request";
import type { Traffic } from "../../rehearsal/traffic/traffic";
import { DOMAIN, type RehearsedMesh, sharedMesh, STACKS } from "./rehearsedMesh";

/** Seconds in which proxies and load balancers take notice. */
const PATIENCE = 90;

describe("requests through the mesh, with locality switched on", function () {
  let mesh: RehearsedMesh;
  let traffic: Traffic;

  before(async function () {
    const reason = await whyNoNamespaces();
    if (reason) {
      console.log(`    no request is sent: ${reason}`);
      this.skip();
    }
    mesh = await sharedMesh();
    assert.ok(mesh.rehearsal.traffic);
    traffic = mesh.rehearsal.traffic;
  });

  it("are answered by both clusters, over mutual TLS, with load balancers between them only", async () => {
    const { checks } = await runChecks(mesh.rehearsal, { stacks: STACKS, env: mesh.env });
    assert.deepEqual(
      checks.filter(({ status }) => status === "failed"),
      [],
    );
    const held = new Set(checks.filter(({ ok }) => ok).map(({ id }) => id));
    const requests = [
      "answers",
      "redirect-answers",
      "shown-certificate",
      "east-west-answers",
      "api-reachable",
    ];
    const rehearsed = ["regions-answered", "near-region", "mutual-tls", "isolation"];
    assert.deepEqual(
      [...requests, ...rehearsed].filter((id) => !held.has(id)),
      [],
    );
  });

  it("are answered by the near region", async () => {
    for (const region of STACKS) {
      await answered(traffic, { from: region, by: region });
    }
  });

  it("for a cluster's own name are answered there, wherever they come from", async () => {
    for (const cluster of STACKS) {
      for (const region of STACKS) {
        await answered(traffic, { from: region, by: cluster, host: `page-${cluster}.${DOMAIN}` });
      }
    }
  });

  it("are answered by the other region when the near one's pods are gone, and by the near one again", async () => {
    const workload = outages.find(({ id }) => id === "workload");
    const comeBack = await workload?.begin(mesh.rehearsal, "us-central1");
    for (const region of STACKS) {
      await answered(traffic, { from: region, by: "us-east1" });
    }
    await comeBack?.();
    await answered(traffic, { from: "us-central1", by: "us-central1" });
  });

  it("go on while a gateway's pods are deleted, one after the other, and reach those that come", async () => {
    const client = clientOf(mesh, "us-east1");
    for (const app of ["istio-ingressgateway", "istio-eastwestgateway"]) {
      const selected = { namespace: "istio-gateways", labelSelector: `app=${app}` };
      const before = await client.list("v1", "Pod", selected);
      for (const pod of before) {
        const steady = steadily(traffic, "us-east1");
        await client.delete(pod);
        await eventually(() => {
          const now = traffic
            .played("us-east1")
            .filter(({ pod: { metadata } }) => metadata.labels?.app === app);
          return (
            now.length === before.length &&
            now.every((one) => one.ready && one.pod.metadata.uid !== pod.metadata.uid)
          );
        }, `a ready pod in the place of ${pod.metadata.name}`);
        assert.deepEqual(await steady(), []);
      }
    }
    await eventually(async () => {
      const healthy = (await traffic.health()).filter((one) => one.cluster === "us-east1" && one.healthy);
      const pods = traffic.played("us-east1").map(({ pod }) => pod.metadata.name);
      return healthy.length === 2 && healthy.every(({ pod }) => pods.includes(pod));
    }, "the load balancer's endpoints are the new pods");
    await answered(traffic, { from: "us-east1", by: "us-east1" });
  });

  it("reach the pods that an autoscaler or a person adds", async () => {
    const client = clientOf(mesh, "us-east1");
    const autoscaler = await client.get(
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      "istio-ingressgateway",
      "istio-gateways",
    );
    const workload = await client.get("apps/v1", "Deployment", "verify", "verify");
    assert.ok(autoscaler && workload);
    await Promise.all([
      // Three, and not more of them for the load that these tests are.
      client.patch(autoscaler, { spec: { minReplicas: 3, maxReplicas: 3 } }),
      client.patch(workload, { spec: { replicas: 3 } }),
    ]);
    await eventually(
      async () => new Set(await whoAnswers(traffic, "us-east1", "x-rehearsal-gateway")).size === 3,
      "three gateways are asked",
    );
    await eventually(
      async () => new Set(await whoAnswers(traffic, "us-east1", "x-rehearsal-pod")).size === 3,
      "three pods answer",
    );
  });
});

interface Expected {
  /** Region of the client. */
  from: string;
  /** The cluster that is to answer all requests. */
  by: string;
  /** Default: the global address. */
  host?: string;
}

/** Asks ten times, and again until all answers are as expected. */
async function answered(traffic: Traffic, { from, by, host }: Expected): Promise<void> {
  const expected = Array.from({ length: 10 }, () => `200 ${by}`);
  const deadline = Date.now() + PATIENCE * 1000;
  for (;;) {
    const answers: string[] = [];
    while (answers.length < expected.length) {
      const { status, headers } = await requestEdge(traffic, { from, scheme: "https", host });
      answers.push(`${status} ${clusterOf(traffic, String(headers["x-rehearsal-pod"]))}`);
    }
    if (answers.join() === expected.join()) {
      return;
    }
    if (Date.now() > deadline) {
      assert.deepEqual(answers, expected, `from ${from} to ${host ?? "the global address"}`);
    }
    await sleep(500);
  }
}

function clusterOf(traffic: Traffic, pod: string): string | undefined {
  return traffic
    .clusters()
    .find((cluster) => traffic.played(cluster).some((played) => played.pod.metadata.name === pod));
}

function clientOf({ rehearsal }: RehearsedMesh, name: string): ApiClient {
  const cluster = rehearsal.clusters.get(name);
  assert.ok(cluster);
  return cluster.plane.client;
}

/** A header of twenty answers. */
async function whoAnswers(traffic: Traffic, from: string, header: string): Promise<string[]> {
  const found: string[] = [];
  while (found.length < 20) {
    const { headers } = await requestEdge(traffic, { from, scheme: "https" });
    found.push(String(headers[header]));
  }
  return found;
}

/** Asks ten times a second until it is called. @returns what came of those that were not answered by 200 */
function steadily(traffic: Traffic, from: string): () => Promise<string[]> {
  const problems: string[] = [];
  let ended = false;
  const asking = (async () => {
    while (!ended) {
      await requestEdge(traffic, { from, scheme: "https" }).then(
        ({ status }) => status === 200 || problems.push(`HTTP ${status}`),
        (error: Error) => problems.push(error.message),
      );
      await sleep(100);
    }
  })();
  return async () => {
    ended = true;
    await asking;
    return problems;
  };
}

async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE * 1000; !(await holds()); await sleep(500)) {
    assert.ok(Date.now() < deadline, `not in ${PATIENCE} s: ${what}`);
  }
}
