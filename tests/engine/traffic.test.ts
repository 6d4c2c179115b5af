import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { outages } from "../../rehearsal/drill/outages";
import { numberAt } from "../../rehearsal/google/properties";
import { whyNoNamespaces } from "../../rehearsal/traffic/namespaces";
import type { Traffic } from "../../rehearsal/traffic/traffic";
import { Browser, findChromium } from "./browser";
import { answered, clientOf, clusterOf, eventually, losesNone, onlyLeft, whoAnswers } from "./requests";
import { DOMAIN, sharedMesh, STACKS } from "./sharedMesh";
import type { Stage } from "./stage";
import { sent, shown, shownWhen } from "./verifyPage";

describe("requests through the mesh, with locality switched on", function () {
  let mesh: Stage;
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
    const checks = await mesh.passesEveryCheck(STACKS);
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

  it("go on with pods in the place of others, whose addresses they may have", async () => {
    const client = clientOf(mesh, "us-central1");
    const before = await client.list("v1", "Pod", { namespace: "verify", labelSelector: "app=verify" });
    const comeBack = await outages.find(({ id }) => id === "workload")?.begin(mesh.rehearsal, "us-central1");
    await onlyLeft(client, before, 0);
    await comeBack?.();
    await answered(traffic, { from: "us-central1", by: "us-central1" });
    await losesNone(traffic, "us-central1", () => sleep(10_000));
  });

  it("are shown in a browser: pod, cluster, way, and the share of both regions, as it changes", async function () {
    const program = findChromium();
    if (!program) {
      console.log("    the page is not opened: no chromium on PATH; CHROMIUM names another one");
      this.skip();
    }
    const browser = await Browser.start(program);
    try {
      await browser.look({ scheme: "light", width: 1200 });
      await browser.open(traffic.addresses()["us-central1"] ?? "");
      const first = await shownWhen(browser, (page) => sent(page) > 1, "asks by itself");
      assert.equal(clusterOf(traffic, first.title), "us-central1");
      assert.match(first.where, /^answered in us-central1, after \d+ ms$/);
      assert.deepEqual(first.path.slice(2), [
        "ingress gateway of us-central1",
        "east-west gateway",
        `pod of us-central1 ${first.title}`,
      ]);
      assert.deepEqual(first.shares, { "us-central1": 100, "us-east1": 0 });

      const comeBack = await outages
        .find(({ id }) => id === "workload")
        ?.begin(mesh.rehearsal, "us-central1");
      const both = await shownWhen(
        browser,
        ({ shares }) => (shares["us-east1"] ?? 0) > 0,
        "the other answers",
      );
      assert.ok(sent(both) > sent(first));
      assert.equal((both.shares["us-east1"] ?? 0) + (both.shares["us-central1"] ?? 0), 100);
      assert.deepEqual(both.path.slice(2), [
        "ingress gateway of us-central1",
        "east-west gateway of us-east1",
        `pod of us-east1 ${both.title}`,
      ]);
      await comeBack?.();

      await browser.look({ scheme: "dark", width: 400 });
      const dark = await shown(browser);
      assert.notEqual(dark.background, both.background);
      assert.notEqual(dark.ink, both.ink);
      assert.ok(!dark.overflows && !both.overflows);
      assert.deepEqual(browser.errors, []);
    } finally {
      await browser.close();
    }
  });

  it("go on while the gateways' pods are deleted, one after the other, and reach those that come", async () => {
    const client = clientOf(mesh, "us-east1");
    const replaced = async (app: string) => {
      const selected = { namespace: "istio-gateways", labelSelector: `app=${app}` };
      const before = await client.list("v1", "Pod", selected);
      for (const pod of before) {
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
      }
      await onlyLeft(client, before, 0);
    };
    await losesNone(traffic, "us-east1", async () => {
      await Promise.all(["istio-ingressgateway", "istio-eastwestgateway"].map(replaced));
    });
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
    const [minReplicas, maxReplicas] = ["spec.minReplicas", "spec.maxReplicas"].map((path) =>
      numberAt(autoscaler, path),
    );
    await client.patch(autoscaler, { spec: { minReplicas, maxReplicas } });
  });

  it("go on while a workload's pods leave", async () => {
    const client = clientOf(mesh, "us-east1");
    const workload = await client.get("apps/v1", "Deployment", "verify", "verify");
    assert.ok(workload);
    const before = await client.list("v1", "Pod", { namespace: "verify", labelSelector: "app=verify" });
    await losesNone(traffic, "us-east1", async () => {
      await client.patch(workload, { spec: { replicas: 1 } });
      const [stays] = await onlyLeft(client, before, 1);
      await answered(traffic, { from: "us-east1", by: "us-east1" });
      assert.deepEqual(
        [...new Set(await whoAnswers(traffic, "us-east1", "x-rehearsal-pod"))],
        [stays?.metadata.name],
      );
    });
    await client.patch(workload, { spec: { replicas: 2 } });
  });
});
