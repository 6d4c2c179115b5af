import assert from "node:assert/strict";
import type { Run } from "./mocks";
import { type Config, configOf, meshOf, runProgram } from "./program";
import { all, one, PRIVATE_KEY, SECRET } from "./support";

const RANGES = {
  "us-east1": { nodes: "10.16.0.0/20", services: "10.16.16.0/20", pods: "10.17.0.0/16" },
  "us-central1": { nodes: "10.20.0.0/20", services: "10.20.16.0/20", pods: "10.21.0.0/16" },
  "europe-west1": { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" },
  "asia-east1": { nodes: "10.28.0.0/20", services: "10.28.16.0/20", pods: "10.29.0.0/16" },
};
const REGIONS = Object.keys(RANGES);

/** The program's configuration with the first regions of these in the map. */
function config(count: number, own: Config): Config {
  const clusters = Object.fromEntries(
    Object.entries(RANGES)
      .slice(0, count)
      .map(([name, ranges]) => [name, { ranges }]),
  );
  const base = configOf("us-east1");
  return { ...base, "mesh:mesh": { ...meshOf(base), clusters }, "mesh:peers": [], ...own };
}

/** Stacks one after the other, each joined with all before it. */
async function grow(count: number): Promise<Record<string, Run>> {
  const runs: Record<string, Run> = {};
  for (const [index, stack] of REGIONS.slice(0, count).entries()) {
    const stacks = Object.fromEntries(
      Object.entries(runs).map(([name, run]) => [`organization/mesh/${name}`, run]),
    );
    const own = { "mesh:clusters": [stack], "mesh:peers": REGIONS.slice(0, index) };
    runs[stack] = await runProgram(config(count, own), { stack, stacks });
  }
  return runs;
}

function names({ resources }: Run, type: string): string[] {
  return all(resources, type).map(({ name }) => name);
}

describe("a third and a fourth region", () => {
  let runs: Record<string, Run>;

  before(async () => {
    runs = await grow(4);
    for (const [stack, { errors }] of Object.entries(runs)) assert.deepEqual(errors, [], stack);
  });

  it("leave what istiod of a running cluster signs with as it is, in the preview too", async () => {
    const own = { "mesh:clusters": ["us-east1"] };
    const cacerts = ({ resources }: Run) => one(resources, SECRET, "mesh-us-east1-cacerts").inputs;
    const two = await runProgram(config(2, own));
    const preview = await runProgram(config(3, own), { unknown: (name) => name.includes("europe-west1") });
    assert.deepEqual(preview.errors, []);
    assert.deepEqual(cacerts(preview), cacerts(two));
  });

  it("cost the config cluster's stack an intermediate each, and nothing else", async () => {
    const two = await runProgram(config(2, { "mesh:clusters": ["us-east1"] }));
    const before = two.resources.map(({ type, name }) => `${type} ${name}`);
    const added = (runs["us-east1"]?.resources ?? [])
      .map(({ type, name }) => `${type} ${name}`)
      .filter((resource) => !before.includes(resource));
    assert.deepEqual(
      added.sort(),
      ["asia-east1", "europe-west1"]
        .flatMap((name) =>
          ["certRequest:CertRequest", "locallySignedCert:LocallySignedCert", "privateKey:PrivateKey"].map(
            (kind) => `tls:index/${kind} mesh-ca-${name}`,
          ),
        )
        .sort(),
    );
  });

  it("make the links with every cluster before them, in both directions", () => {
    for (const [index, stack] of REGIONS.entries()) {
      const run = runs[stack];
      assert.ok(run);
      const links = names(run, SECRET).filter((name) => name.includes("-for-"));
      const expected = REGIONS.slice(0, index).flatMap((peer) =>
        [`mesh-${stack}-for-${peer}`, `mesh-${peer}-for-${stack}`].flatMap((link) => [
          `${link}-token`,
          `${link}-kubeconfig`,
        ]),
      );
      assert.deepEqual(links.sort(), expected.sort(), stack);
    }
  });

  it("never see a key of the authority but their own", () => {
    for (const stack of REGIONS.slice(1)) {
      const run = runs[stack];
      assert.ok(run);
      assert.deepEqual(names(run, PRIVATE_KEY), [`mesh-${stack}-edge-origin`]);
    }
  });

  it("are said to come next by the config cluster's stack, with the command", () => {
    assert.deepEqual(runs["us-east1"]?.outputs.nextSteps, [
      "pulumi up -s asia-east1: makes asia-east1 and its links",
      "pulumi up -s europe-west1: makes europe-west1 and its links",
      "pulumi up -s us-central1: makes us-central1 and its links",
    ]);
  });

  it("are not linked by a stack that came before, which says so until theirs has done it", async () => {
    assert.deepEqual(runs["europe-west1"]?.outputs.nextSteps, [
      "asia-east1 is not linked with europe-west1 by this stack: whichever comes later names the other in mesh:peers, this one or asia-east1",
    ]);
    assert.deepEqual(runs["asia-east1"]?.outputs.nextSteps, []);
    const stacks = Object.fromEntries(
      Object.entries(runs).map(([name, run]) => [`organization/mesh/${name}`, run]),
    );
    const own = { "mesh:clusters": ["europe-west1"], "mesh:peers": ["us-east1", "us-central1"] };
    const again = await runProgram(config(4, own), { stack: "europe-west1", stacks });
    assert.deepEqual(again.outputs.nextSteps, []);
  });
});

describe("another config cluster in the configuration of a mesh that is up", () => {
  it("is refused in both stacks, with what would happen and the field that keeps it from happening", async () => {
    for (const [stack, peers] of [
      ["us-east1", []],
      ["us-central1", ["us-east1"]],
    ] as const) {
      const base = config(2, { "mesh:clusters": [stack], "mesh:peers": peers });
      const moved = { ...(base["mesh:mesh"] as object), configCluster: "us-central1" };
      const { errors, resources } = await runProgram({ ...base, "mesh:mesh": moved }, { stack });
      assert.match(
        errors.map(({ message }) => message).join("\n"),
        /write mesh.homeCluster too, with what mesh.configCluster was.*root of trust/,
      );
      assert.deepEqual(resources, []);
    }
  });
});
