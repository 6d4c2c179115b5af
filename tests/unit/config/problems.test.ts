import { RunError } from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { MeshConfigError } from "../../../components/config/problems";

const KEY = "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n";

describe("the error of a configuration", () => {
  const problems = [
    { path: "mesh.cidr", value: "10.0.0.1/8", remedy: "has host bits set" },
    { path: "mesh.tracing", value: KEY, remedy: "give an object" },
  ];
  const error = new MeshConfigError(problems);

  it("is one that the engine prints without a stack trace", () => {
    assert.ok(RunError.isInstance(error));
    assert.ok(error instanceof Error);
  });

  it("says how many mistakes there are, and each on a line", () => {
    assert.deepEqual(error.message.split("\n"), [
      "2 mistakes in the mesh's configuration; nothing was changed.",
      '  - mesh.cidr = "10.0.0.1/8": has host bits set',
      "  - mesh.tracing = a text of 4 lines: give an object",
    ]);
    const one = new MeshConfigError(problems.slice(0, 1));
    assert.match(one.message, /^1 mistake in the mesh's configuration; nothing was changed\./);
  });

  it("has the problems for programs", () => {
    assert.deepEqual(error.problems, problems);
  });

  it("shows no text of several lines however it is printed", () => {
    for (const printed of [
      JSON.stringify(error),
      JSON.stringify({ ...error }),
      inspect(error, { depth: Infinity, showHidden: true }),
      inspect({ error }, { depth: Infinity, getters: true }),
      String(error),
      String(error.stack),
    ]) {
      assert.ok(!printed.includes("hush"), printed);
    }
  });
});
