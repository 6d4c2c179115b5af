import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { sayProblem } from "../../../components/config/problems";
import { readStackConfig } from "../../../components/config/stackConfig";
import { MeshConfigError } from "../../../components/config/validate";
import program from "../../../index";
import { change, fixture, FIXTURES } from "./support";

/** A stack's configuration that differs from the one in mesh.yaml. */
interface Case {
  name: string;
  /** Dotted path in the mesh, to value. */
  set?: Record<string, unknown>;
  unset?: string[];
  /** The whole mesh instead, as YAML. */
  mesh?: string;
  /** Keys of the stack: full key to value, or to null where the key is not there. */
  config?: Record<string, unknown>;
  /** All lines of the message after its first one. */
  says: string[];
}

const topics = readdirSync(join(FIXTURES, "bad")).map(
  (file) => [file, fixture<Case[]>(`bad/${file}`)] as const,
);

/** As the engine hands it to the program: texts, which are JSON where they stand for more. */
function textsOf({ set, unset, mesh, config }: Case): Record<string, string> {
  const whole: unknown =
    mesh === undefined ? change(fixture("mesh.yaml"), set, unset) : parse(mesh, { merge: true });
  const values = {
    "gcp:project": "my-project",
    "mesh:clusters": ["us-east1"],
    "mesh:mesh": whole,
    ...config,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
    ),
  );
}

function refusal(texts: Record<string, string>): MeshConfigError {
  try {
    readStackConfig(texts, { namespace: "mesh", stack: "test" });
  } catch (error) {
    assert.ok(error instanceof MeshConfigError, String(error));
    return error;
  }
  assert.fail("no mistake was found");
}

describe("a bad configuration", () => {
  it("is there in every kind that people make, and in each once", () => {
    const names = topics.flatMap(([, cases]) => cases.map(({ name }) => name));
    assert.ok(names.length >= 60);
    assert.equal(new Set(names).size, names.length);
  });

  for (const [file, cases] of topics) {
    for (const one of cases) {
      it(`is refused (${file}): ${one.name}`, () => {
        const error = refusal(textsOf(one));
        assert.deepEqual(error.problems.map(sayProblem), one.says);
        assert.ok(!error.message.includes("hush"), "a secret is shown");
      });
    }
  }
});

describe("the program with a bad configuration", () => {
  it("says the same, and registers nothing", async () => {
    const registered: string[] = [];
    await pulumi.runtime.setMocks(
      {
        call: () => ({}),
        newResource: ({ type, name, inputs }) => {
          registered.push(`${type} ${name}`);
          return { id: name, state: inputs as Record<string, unknown> };
        },
      },
      "mesh",
      "test",
    );
    for (const [, cases] of topics) {
      for (const one of cases) {
        const texts = textsOf(one);
        pulumi.runtime.setAllConfig(texts);
        await assert.rejects(program(), { message: refusal(texts).message }, one.name);
      }
    }
    assert.deepEqual(registered, []);
  });
});
