import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MeshConfigError } from "../../components/config/problems";
import { MeshError } from "../../components/meshError";

describe("an error for people", () => {
  for (const error of [
    new MeshError("write a name"),
    new MeshConfigError([{ path: "mesh.id", remedy: "write a name" }]),
  ]) {
    it(`is what Pulumi shows without a stack, and has none to format: ${error.constructor.name}`, () => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /write a name/);
      assert.equal(error.stack, "");
    });
  }
});
