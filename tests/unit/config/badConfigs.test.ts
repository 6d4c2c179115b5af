import assert from "node:assert/strict";
import { readMesh, type Selection } from "../../../components/config/validate";
import { change, fixture, mistakesOf } from "./support";

interface Case {
  name: string;
  /** Dotted path to value. */
  set?: Record<string, unknown>;
  unset?: string[];
  selection?: Partial<Selection>;
  /** Parts of the one message. */
  expect?: string[];
  /** Parts of the message, where others follow from it. */
  expect_all?: string[];
  never?: string[];
}

describe("a configuration with one mistake", () => {
  for (const one of fixture<Case[]>("bad.yaml")) {
    it(`is refused: ${one.name}`, () => {
      const mesh = change(fixture("mesh.yaml"), one.set, one.unset);
      const selection = { clusters: ["us-east1"], peers: [], stack: "test", ...one.selection };
      const mistakes = mistakesOf(() => readMesh(mesh, selection));
      if (one.expect) {
        assert.equal(mistakes.length, 1, mistakes.join("\n"));
      }
      const [message = ""] = mistakes;
      for (const part of [...(one.expect ?? []), ...(one.expect_all ?? [])]) {
        assert.ok(message.includes(part), `"${part}" is not in: ${message}`);
      }
      for (const part of one.never ?? []) {
        assert.ok(!message.includes(part), `"${part}" is in: ${message}`);
      }
    });
  }
});
