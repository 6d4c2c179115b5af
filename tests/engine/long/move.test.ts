import assert from "node:assert/strict";
import { cloudOf } from "../../../rehearsal/google/projectCloud";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { describeMesh } from "../../../rehearsal/program";
import { type Objects, objectsOf, settledDifferences } from "../objects";
import { Stage } from "../stage";

const STACKS = ["us-east1", "us-central1"];
const MOVED = { configCluster: "us-central1", homeCluster: "us-east1" };
const BACK = { configCluster: "us-east1", homeCluster: "us-east1" };

describe("the config cluster moves, on the real engine", function () {
  this.bail(true);
  let stage: Stage;
  /** What both regions have before. */
  let first: Objects;
  /** Address, root and edge certificate. */
  let kept: string[];

  before(async () => {
    stage = await Stage.open();
  });

  after(async () => {
    await stage?.close();
  });

  it("begins with two regions, a stack for each", async () => {
    for (const stack of STACKS) {
      await stage.create(stack);
      await stage.up(stack);
    }
    await stage.passesEveryCheck(STACKS);
    first = await objectsOf(stage.rehearsal);
    kept = await whatStays("us-east1");
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-east1"] });
  });

  it("is refused in both stacks while only configCluster is changed", async () => {
    describeMesh({ configCluster: "us-central1" });
    for (const stack of STACKS) {
      await assert.rejects(stage.up(stack), /mesh\.configCluster was changed, write mesh\.homeCluster too/);
    }
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-east1"] });
  });

  it("is refused by the home cluster's stack while the objects are not there", async () => {
    describeMesh(MOVED);
    await assert.rejects(stage.up("us-east1"), /no MultiClusterIngress yet.*pulumi up -s us-central1/s);
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-east1"] });
  });

  it("begins with the objects in the next config cluster, which only stand by", async () => {
    await stage.up("us-central1");
    assert.match(await stage.output("nextSteps", "us-central1"), /pulumi up -s us-east1: lets Google read/);
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-east1"] });
    assert.deepEqual(await finalizers("us-central1"), []);
    await stage.passesEveryCheck(STACKS);
  });

  it("goes on with the fleet's feature, and at no time there is no load balancer", async () => {
    const gaps = await gapsDuring(() => stage.up("us-east1"));
    assert.deepEqual(gaps, []);
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-central1"] });
  });

  it("keeps address, trust and certificate, and passes every check", async () => {
    await stage.passesEveryCheck(STACKS);
    assert.deepEqual(await whatStays("us-central1"), kept);
    assert.deepEqual(await finalizers("us-east1"), []);
  });

  it("has nothing left to do", async () => {
    for (const stack of STACKS) await stage.unchanged(stack);
  });

  it("is not let go by its stack before Google reads another", async () => {
    describeMesh(BACK);
    await assert.rejects(stage.up("us-central1"), /Google still reads.*pulumi up -s us-east1/s);
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-central1"] });
  });

  it("moves back, first at home, and leaves no object behind", async () => {
    const gaps = await gapsDuring(async () => {
      await stage.up("us-east1");
      await stage.up("us-central1");
    });
    assert.deepEqual(gaps, []);
    assert.deepEqual(loadBalancer(), { rules: 2, of: ["us-east1"] });
    assert.deepEqual(await whatStays("us-east1"), kept);
    await stage.passesEveryCheck(STACKS);
    for (const stack of STACKS) await stage.unchanged(stack);
    // The kinds are Google's, and stay.
    const kinds = /^us-central1 CustomResourceDefinition multicluster(ingresses|services)\./;
    const left = await settledDifferences(stage.rehearsal, first, (name) => kinds.test(name));
    assert.deepEqual(left, []);
  });

  it("goes without a trace", async () => {
    for (const stack of [...STACKS].reverse()) await stage.destroy(stack);
    assert.equal(stage.rehearsal.clusters.size, 0);
    assert.deepEqual(cloudOf(stage.rehearsal.project).derived(), []);
  });

  /** The global load balancer as the simulated project has it: its forwarding rules, and whose objects it stands for. */
  function loadBalancer(): { rules: number; of: string[] } {
    const parts = cloudOf(stage.rehearsal.project)
      .derived()
      .filter(({ managedBy }) => managedBy === "multiclusteringress");
    return {
      rules: parts.filter(({ kind }) => kind === "forwardingRule").length,
      of: [...new Set(parts.map(({ cluster }) => cluster))],
    };
  }

  /** Looks at the load balancer at each change of the project; answers how often it was not whole. */
  async function gapsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const gaps: string[] = [];
    const stop = cloudOf(stage.rehearsal.project).onChange(() => {
      const { rules } = loadBalancer();
      if (rules !== 2) gaps.push(`${rules} forwarding rules`);
    });
    await work().finally(stop);
    return gaps;
  }

  function client(cluster: string) {
    const found = stage.rehearsal.clusters.get(cluster);
    assert.ok(found);
    return found.plane.client;
  }

  async function whatStays(cluster: string): Promise<string[]> {
    const secret = await client(cluster).get("v1", "Secret", "edge-tls", "istio-gateways");
    const data = (secret as (ApiObject & { data: Record<string, string> }) | undefined)?.data;
    return [
      await stage.output("address", "us-east1"),
      await stage.output("rootCertificate", "us-east1"),
      String(data?.["tls.crt"]),
      String(data?.["tls.key"]),
    ];
  }

  /** Google's marks on the cluster's objects. */
  async function finalizers(cluster: string): Promise<string[]> {
    const lists = ["MultiClusterIngress", "MultiClusterService"].map((kind) =>
      client(cluster).list("networking.gke.io/v1", kind),
    );
    const objects = (await Promise.all(lists)).flat();
    assert.equal(objects.length, 2);
    return objects.flatMap(({ metadata }) => (metadata.finalizers as string[] | undefined) ?? []);
  }
});
