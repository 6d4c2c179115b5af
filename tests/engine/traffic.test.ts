import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runChecks } from "../../rehearsal/checks";
import { outages } from "../../rehearsal/drill/outages";
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
