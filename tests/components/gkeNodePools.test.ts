import assert from "node:assert/strict";
import { made, NODE, NODE_POOL } from "./gkeProgram";
import { all, CLUSTER, one, valueAt } from "./support";

describe("the node pools of a cluster", () => {
  it("are spot nodes with a taint: every argument", async () => {
    assert.deepEqual(one(await made(), NODE_POOL, "mesh-us-east1-spot").inputs, {
      project: "my-project",
      name: "spot",
      cluster: "mesh-us-east1-id",
      location: "us-east1",
      autoscaling: { minNodeCount: 1, maxNodeCount: 3, locationPolicy: "ANY" },
      initialNodeCount: 1,
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      nodeConfig: {
        ...NODE,
        machineType: "e2-standard-2",
        spot: true,
        labels: {},
        taints: [{ key: "cloud.google.com/gke-spot", value: "true", effect: "NO_SCHEDULE" }],
      },
    });
  });

  it("and a small pool without taint for what must not be preempted: every argument", async () => {
    assert.deepEqual(one(await made(), NODE_POOL, "mesh-us-east1-system").inputs, {
      project: "my-project",
      name: "system",
      cluster: "mesh-us-east1-id",
      location: "us-east1",
      autoscaling: { minNodeCount: 1, maxNodeCount: 2, locationPolicy: "BALANCED" },
      initialNodeCount: 1,
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
      nodeConfig: { ...NODE, machineType: "e2-standard-2" },
    });
  });

  it("get a label of the user's, which Google does not set by itself", async () => {
    const spot = {
      label: { key: "pool", value: "spot" },
      taint: { key: "spot", value: "yes", effect: "PreferNoSchedule" as const },
    };
    const { inputs } = one(await made({ availability: { spot } }), NODE_POOL, "mesh-us-east1-spot");
    assert.deepEqual(valueAt(inputs, "nodeConfig", "labels"), { pool: "spot" });
    assert.deepEqual(valueAt(inputs, "nodeConfig", "taints"), [
      { key: "spot", value: "yes", effect: "PREFER_NO_SCHEDULE" },
    ]);
  });

  it("go with the cluster, and leave their size to the autoscaler", async () => {
    const pools = all(await made(), NODE_POOL);
    assert.equal(pools.length, 2);
    for (const pool of pools) {
      assert.equal(pool.deletedWith, `${CLUSTER}::mesh-us-east1`);
      assert.deepEqual(pool.ignoreChanges, ["initialNodeCount"]);
    }
  });
});
