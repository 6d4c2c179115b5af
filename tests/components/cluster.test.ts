import assert from "node:assert/strict";
import { clusterProvider, inside, insideWithTraces } from "../../components/cluster";
import { register } from "./mocks";
import { fakeCluster, one, PROVIDER, Thing } from "./support";

describe("the Kubernetes provider of a cluster", () => {
  async function made(owned: boolean) {
    const args = { identifier: "mesh/us-east1", kubeconfig: "a kubeconfig", owned };
    const resources = await register(() => clusterProvider("mesh-us-east1", args, {}));
    return one(resources, PROVIDER, "mesh-us-east1");
  }

  it("has a plain identifier, changes Secrets and ConfigMaps in place, and mends what others wrote", async () => {
    assert.deepEqual((await made(true)).inputs, {
      clusterIdentifier: "mesh/us-east1",
      kubeconfig: "a kubeconfig",
      enableServerSideApply: "true",
      enableSecretMutable: "true",
      enableConfigMapMutable: "true",
      enablePatchForce: "true",
      upsertExistingObjects: "true",
    });
  });

  it("takes over what it finds only in a cluster of its own stack", async () => {
    assert.equal((await made(false)).inputs.upsertExistingObjects, "false");
  });
});

describe("an object inside a cluster", () => {
  it("goes with the cluster when it leaves nothing outside", async () => {
    await register(() => {
      const cluster = fakeCluster();
      const parent = new Thing("parent");
      assert.deepEqual(inside(cluster, { parent }), {
        parent,
        provider: cluster.provider,
        deletedWith: cluster.deletedWith,
      });
    });
  });

  it("is deleted for itself when its controller keeps something outside", async () => {
    await register(() => {
      const cluster = fakeCluster();
      assert.deepEqual(insideWithTraces(cluster, {}), { provider: cluster.provider });
    });
  });

  it("is deleted for itself in a cluster of somebody else", async () => {
    await register(() => {
      assert.equal(inside(fakeCluster("us-east1", { owned: false }), {}).deletedWith, undefined);
    });
  });
});
