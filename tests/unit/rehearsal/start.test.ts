import assert from "node:assert/strict";
import { parseOptions } from "../../../rehearsal/options";
import { picture, type PicturedCluster } from "../../../rehearsal/picture";
import { resourceCount } from "../../../rehearsal/report";

const STACKS = ["us-central1", "us-east1"];

describe("the options of npm start", () => {
  it("bring up both regions in order, with stand-ins where nothing else is installed", () => {
    assert.deepEqual(parseOptions([], STACKS), {
      keep: false,
      destroy: false,
      fresh: false,
      existing: false,
      help: false,
      providers: "auto",
      stacks: ["us-east1", "us-central1"],
    });
  });

  it("take stacks that have a file, and name those that have none", () => {
    assert.deepEqual(parseOptions(["--stacks", "us-central1"], STACKS).stacks, ["us-central1"]);
    assert.throws(
      () => parseOptions(["--stacks", "us-east1,eu-west1"], STACKS),
      /eu-west1 has no file Pulumi\.<stack>\.yaml; there are us-central1, us-east1/,
    );
  });

  it("refuse what they do not know", () => {
    assert.throws(
      () => parseOptions(["--providers", "fake"], STACKS),
      /"fake": write one of auto, real, stand-in/,
    );
    assert.throws(() => parseOptions(["--frehs"], STACKS), /--frehs/);
  });
});

describe("the number of a stack's resources", () => {
  it("is the sum of what the engine says at the end", () => {
    const output =
      "Resources:\n    + 4 created\n    ~ 1 updated\n    5 changes. 81 unchanged\n\nDuration: 8s\n";
    assert.equal(resourceCount(output), 86);
    assert.equal(resourceCount("Resources:\n    86 unchanged\n\nDuration: 8s\n"), 86);
  });
});

describe("the picture of the mesh", () => {
  const cluster = (name: string, config: boolean): PicturedCluster => ({
    name,
    region: name,
    config,
    pods: { istiod: 2, ingress: 2, eastWest: 2, verify: 1 },
    eastWest: "10.16.0.64",
    privateEndpoint: "10.16.0.2",
    nodes: { spot: 3, system: 3 },
  });

  it("shows the address, each cluster, and what links them", () => {
    const text = picture({
      address: "203.0.113.2",
      clusters: [cluster("us-east1", true), cluster("us-central1", false)],
    });
    for (const part of [
      "https://203.0.113.2",
      "us-east1  (config cluster)",
      "us-central1 ",
      "10.16.0.64:15443, internal",
      "mTLS 15443",
      "workload verify 1 pod ",
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  it("has straight edges for any number of clusters", () => {
    for (const count of [1, 2, 3]) {
      const clusters = [...Array(count).keys()].map((index) => cluster(`region-${index}`, index === 0));
      const lines = picture({ address: "203.0.113.2", clusters }).split("\n").slice(0, -2);
      assert.deepEqual([...new Set(lines.map((line) => line.length))].length, 1, `${count} clusters`);
    }
  });
});
