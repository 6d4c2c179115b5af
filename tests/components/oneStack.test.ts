import assert from "node:assert/strict";
import type { Registered, Run } from "./mocks";
import { configOf, runBothStacks, runProgram } from "./program";
import { all, assertBefore, CLUSTER, ISTIO_OPERATOR, key, one, PROVIDER, SECRET } from "./support";

/** Objects in clusters by the name of their resource. */
function objectsOf(resources: Registered[]): Map<string, Registered> {
  const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  return new Map(objects.map((object) => [key(object), object]));
}

describe("one stack that owns all clusters", () => {
  let whole: Run;
  let parts: Registered[];

  before(async () => {
    const config = { ...configOf("us-east1"), "mesh:clusters": ["us-east1", "us-central1"] };
    whole = await runProgram(config, { stack: "all" });
    const { east, central } = await runBothStacks();
    parts = [...east.resources, ...central.resources];
  });

  it("makes the same objects in the same clusters as one stack for each", () => {
    assert.deepEqual(whole.errors, []);
    const [together, apart] = [objectsOf(whole.resources), objectsOf(parts)];
    assert.deepEqual([...together.keys()].sort(), [...apart.keys()].sort());
    for (const [name, object] of together) {
      const other = apart.get(name);
      assert.deepEqual(object.inputs, other?.inputs, name);
      assert.deepEqual(object.secretInputs, other?.secretInputs, name);
      // A peer's provider goes by another name, and leads to the same cluster.
      assert.equal(object.provider, other?.provider?.replace("mesh-peer-", "mesh-"), name);
    }
  });

  it("makes the same in Google Cloud", () => {
    const google = (resources: Registered[]) =>
      resources
        .filter(({ type }) => type.startsWith("gcp:"))
        .map((resource) => [key(resource), resource.inputs] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1));
    const ofParts = google(parts).map(([name, inputs]) => [name, inputs]);
    assert.deepEqual(google(whole.resources), ofParts);
  });

  it("reads no other stack, and has one provider per cluster", () => {
    assert.deepEqual(
      all(whole.resources, PROVIDER)
        .map(({ name }) => name)
        .sort(),
      ["mesh-us-central1", "mesh-us-east1"],
    );
    for (const resource of whole.resources) {
      assert.ok(!resource.dependencies.some((name) => name.includes("StackReference")), key(resource));
    }
  });

  it("links the clusters in both directions, each link after istiod of both", () => {
    for (const [of, reader] of [
      ["us-central1", "us-east1"],
      ["us-east1", "us-central1"],
    ] as const) {
      for (const cluster of [of, reader]) {
        for (const part of ["token", "kubeconfig"]) {
          assertBefore(
            whole.resources,
            one(whole.resources, ISTIO_OPERATOR, `mesh-${cluster}-istiod`),
            one(whole.resources, SECRET, `mesh-${of}-for-${reader}-${part}`),
          );
        }
      }
    }
  });

  it("lets what is inside a cluster go with that cluster, and with no other", () => {
    for (const object of objectsOf(whole.resources).values()) {
      const cluster = object.provider?.replace(PROVIDER, CLUSTER);
      assert.ok(object.deletedWith === undefined || object.deletedWith === cluster, key(object));
    }
  });

  it("exports all clusters", () => {
    assert.deepEqual(Object.keys(whole.outputs.clusters as object).sort(), ["us-central1", "us-east1"]);
  });
});
