import assert from "node:assert/strict";
import type { StackOutputs } from "./mocks";
import { configOf, meshOf, runProgram } from "./program";

const held = {
  mesh: { id: "mesh" },
  clusters: {
    "us-east1": { kubeconfig: "kubeconfig", server: "https://10.16.0.2", certificateAuthority: "Q0E=" },
  },
};

/** Runs the stack `copy`, which is to own us-east1, beside a stack us-east1 with these outputs. */
function runCopy(outputs?: Record<string, unknown>) {
  const stacks: StackOutputs = outputs
    ? { "organization/mesh/us-east1": { outputs, secretOutputs: [] } }
    : {};
  return runProgram(configOf("us-east1"), { stack: "copy", stacks });
}

describe("a cluster that another stack has", () => {
  it("is refused before anything is registered, with what to write instead", async () => {
    const { resources, errors } = await runCopy(held);
    assert.deepEqual(resources, []);
    assert.deepEqual(
      errors.map(({ message }) => message),
      [
        "A cluster has one stack; nothing was changed.\n" +
          "  - mesh:clusters of stack copy names us-east1, and stack us-east1 has it. To work on it: -s us-east1. " +
          "To add a region: write a cluster of its own into mesh.clusters, and its name into mesh:clusters of Pulumi.copy.yaml. " +
          "To have it in this stack: take it out of us-east1 first (docs/google-cloud.md#destroy), and write mesh.clusters.us-east1.stack: copy",
      ],
    );
  });

  const free: [what: string, outputs?: Record<string, unknown>][] = [
    ["is not there"],
    ["was destroyed", {}],
    ["has another cluster", { ...held, clusters: {} }],
    ["is of another mesh", { ...held, mesh: { id: "other" } }],
  ];
  for (const [what, outputs] of free) {
    it(`is free when that stack ${what}`, async () => {
      const { resources, errors } = await runCopy(outputs);
      assert.deepEqual(errors, []);
      assert.ok(resources.length > 50);
    });
  }

  it("is found as well when the map names this stack by now", async () => {
    const config = configOf("us-east1");
    const mesh = meshOf(config);
    (mesh.clusters as Record<string, Record<string, unknown>>)["us-east1"]!.stack = "copy";
    const run = (stacks: StackOutputs) =>
      runProgram({ ...config, "mesh:mesh": mesh }, { stack: "copy", stacks });
    const holding = { outputs: held, secretOutputs: [] };
    const called = await run({ "organization/mesh/us-east1": holding });
    assert.match(String(called.errors[0]), /us-east1, and stack us-east1 has it/);
    // One of another name is known by the last run.
    const last = { mesh: { id: "mesh", clusters: { "us-east1": { stack: "prod" } } }, clusters: {} };
    const named = await run({
      "organization/mesh/copy": { outputs: last, secretOutputs: [] },
      "organization/mesh/prod": holding,
    });
    assert.match(String(named.errors[0]), /us-east1, and stack prod has it/);
    assert.deepEqual((await run({ "organization/mesh/prod": holding })).errors, []);
  });
});
