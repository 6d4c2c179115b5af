import assert from "node:assert/strict";
import { parseOptions } from "../../../rehearsal/options";
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
      traffic: "auto",
      stacks: ["us-east1", "us-central1"],
      timeout: 15,
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
    assert.throws(() => parseOptions(["--frehs"], STACKS), {
      message: "--frehs is no option: did you mean --fresh? --help lists them",
    });
    assert.throws(
      () => parseOptions(["--timeout", "soon"], STACKS),
      /^Error: --timeout is "soon": write whole/,
    );
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
