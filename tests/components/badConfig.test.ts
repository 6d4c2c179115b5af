import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { MeshConfigError } from "../../components/config/validate";
import type { Run } from "./mocks";
import { type Config, configOf, meshOf, runProgram } from "./program";

/** The one error of a run that registered nothing. */
function refusal({ resources, errors }: Run): string {
  assert.deepEqual(resources, []);
  assert.equal(errors.length, 1, errors.map(String).join("\n"));
  return String(errors[0]?.message);
}

describe("a program with a bad configuration", () => {
  it("registers nothing, and says all mistakes in one error", async () => {
    const config = configOf("us-east1");
    const mesh = meshOf(config);
    Object.assign(mesh, {
      configCluster: "us-esat1",
      cidr: "10.16.0.1/12",
      istio: { version: "1.30.0" },
      tracing: { sampling: 200 },
      clusterz: {},
    });
    const run = await runProgram({
      ...config,
      "mesh:mesh": mesh,
      "mesh:clusters": ["us-east1", "us-north1"],
      "gcp:project": "12345",
    });
    const message = refusal(run);
    assert.ok(run.errors[0] instanceof MeshConfigError);
    assert.ok(pulumi.RunError.isInstance(run.errors[0]), "the language host would print a stack trace");
    for (const field of [
      "mesh.configCluster",
      "mesh.cidr",
      "mesh.istio.version",
      "mesh.tracing.sampling",
      "mesh.clusterz",
      "mesh:clusters",
      "gcp:project",
    ]) {
      assert.match(message, new RegExp(`- ${field.replaceAll(".", "\\.")}`), field);
    }
    assert.match(message, /^\d+ mistakes in the mesh's configuration; nothing was changed\./);
  });

  const mistakes: [what: string, change: Config, says: RegExp][] = [
    ["has no project", { "gcp:project": "" }, /gcp:project is missing; run: pulumi config set gcp:project/],
    ["owns no cluster", { "mesh:clusters": [] }, /mesh:clusters names no cluster.*Pulumi\.us-east1\.yaml/],
    [
      "joins the stacks that join it",
      { "mesh:peers": ["us-central1"] },
      /mesh:peers = "us-central1": this stack owns the config cluster/,
    ],
    [
      "has a kubeconfig for a cluster that the program makes",
      { "mesh:clusters": ["us-east1"], "mesh:kubeconfig-us-east1": "a kubeconfig" },
      /mesh:kubeconfig-us-east1 is there, but this program makes the cluster itself/,
    ],
  ];
  for (const [what, change, says] of mistakes) {
    it(`that ${what} registers nothing`, async () => {
      assert.match(refusal(await runProgram({ ...configOf("us-east1"), ...change })), says);
    });
  }

  it("without the mesh registers nothing, and says where to describe it", async () => {
    const config = configOf("us-east1");
    delete config["mesh:mesh"];
    assert.match(
      refusal(await runProgram(config)),
      /mesh:mesh is missing; describe the mesh in Pulumi\.yaml/,
    );
  });

  it("does not show a secret that is in the wrong place", async () => {
    const run = await runProgram(
      { ...configOf("us-east1"), "mesh:kubeconfig-us-east1": "users: [{ user: { token: hush } }]" },
      { secretKeys: ["mesh:kubeconfig-us-east1"] },
    );
    assert.ok(!refusal(run).includes("hush"));
  });
});

describe("a stack whose peer", () => {
  function join(outputs: Record<string, unknown>) {
    return runProgram(configOf("us-central1"), {
      stack: "us-central1",
      stacks: { "organization/mesh/us-east1": { outputs, secretOutputs: ["intermediates"] } },
    });
  }

  const complete = {
    network: "projects/my-project/global/networks/mesh",
    address: "203.0.113.7",
    rootCertificate: "root\n",
    intermediates: { "us-central1": { certificate: "own\n", privateKey: "key\n" } },
    clusters: {
      "us-east1": { kubeconfig: "kubeconfig", server: "https://10.16.0.2", certificateAuthority: "Q0E=" },
    },
  };

  it("is complete joins it", async () => {
    assert.deepEqual((await join(complete)).errors, []);
  });

  const incomplete: [what: string, outputs: Record<string, unknown>, says: RegExp][] = [
    ["was never deployed", {}, /^Stack us-east1 has no outputs: it was never deployed/],
    ["has no address", { ...complete, address: undefined }, /^Stack us-east1 has no output for address\./],
    [
      "has signed no intermediate for it",
      { ...complete, intermediates: { "us-east1": {} } },
      /^Stack us-east1 has no output for an intermediate certificate for us-central1\./,
    ],
    [
      "does not own the peer",
      { ...complete, clusters: {} },
      /^Stack us-east1 has no output for cluster us-east1\./,
    ],
  ];
  for (const [what, outputs, says] of incomplete) {
    it(`${what} registers nothing, and names the stack to run in one error`, async () => {
      const message = refusal(await join(outputs));
      assert.match(message, says);
      assert.match(message, /Run first: pulumi up -s us-east1; then this stack again\./);
    });
  }
});
