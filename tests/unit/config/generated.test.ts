import fc from "fast-check";
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { MeshConfigError, readMesh } from "../../../components/config/validate";
import { validConfig, type Written } from "./meshArbitrary";
import { change, changed, junk } from "./mistakeArbitrary";
import { assertProblems, planOrProblems, textsOf } from "./planInvariants";

/** The same cases each time; others by `CONFIG_SEED=2 npm test`. A failure prints seed and path, and the smallest case. */
const seed = Number(process.env.CONFIG_SEED ?? 1);

/** How many configurations the program judged, of all kinds. */
let judged = 0;

function check<T>(cases: fc.Arbitrary<T>, runs: number, property: (one: T) => void): void {
  const counted = fc.property(cases, (one) => {
    property(one);
    judged += 1;
  });
  fc.assert(counted, { seed, numRuns: runs });
}

/** What YAML lets people write, as lines to be put between others. */
const oddLine = fc.constantFrom(
  ...[
    "<<: *one",
    "<<: [*one, *one]",
    "one: &one {}",
    "&one a: b",
    "x: *one",
    "? [a, b]: c",
    "? {a: 1}\n: b",
    "1: 2",
  ],
  ...[
    "null: ~",
    "~: x",
    "true: 1",
    "a: 2026-01-01",
    "2026-01-01: a",
    "cidr: 0x0A",
    "id: 1_000",
    "port: 0o17",
  ],
  ...[
    "id: !!str 1",
    "id: !!binary aHVzaA==",
    "id: !!set {a, b}",
    "id: !custom x",
    "cidr: .inf",
    "id: .nan",
    "id: |\n  a\n  b",
  ],
  ...[
    "cidr:",
    "clusters:",
    "routes: [,]",
    "id: mesh",
    "id: mesh",
    "# comment",
    "---",
    "...",
    "\t",
    '"a": "\\u202e"',
  ],
);

/** What the engine reads in a file, as JSON says it; undefined where it is no YAML. */
function asEngine(text: string, version: "1.1" | "1.2"): unknown {
  try {
    const value: unknown = parse(text, { version, merge: true, uniqueKeys: false, logLevel: "silent" });
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return undefined;
  }
}

/** The mesh as a file, with lines put in between. */
function oddText({ mesh }: Written, lines: [where: number, line: string][]): string {
  const written = stringify(mesh).split("\n");
  for (const [where, line] of lines) {
    const index = where % written.length;
    const indent = /^ */.exec(written[index] ?? "")?.[0] ?? "";
    written.splice(index, 0, line.replaceAll(/^/gm, indent));
  }
  return written.join("\n");
}

describe("a generated configuration", function () {
  this.timeout(600_000);

  it("without a mistake is a plan whose ranges and names hold", () => {
    check(validConfig, 1000, (config) => {
      const plan = planOrProblems(textsOf(config));
      assert.ok(!(plan instanceof MeshConfigError), plan instanceof Error ? plan.message : "");
    });
  });

  it("with changes is a plan, or a list of problems", () => {
    let refused = 0;
    check(
      fc.tuple(validConfig, fc.array(change, { minLength: 1, maxLength: 4 })),
      5500,
      ([config, changes]) => {
        const plan = planOrProblems(textsOf(changed(config, changes)));
        refused += plan instanceof MeshConfigError ? 1 : 0;
      },
    );
    assert.ok(refused > 2000, `the changes make few mistakes: ${refused}`);
  });

  it("of junk is a list of problems", () => {
    const known = [
      "id",
      "cidr",
      "configCluster",
      "clusters",
      "istio",
      "tracing",
      "dns",
      "routes",
      "ingress",
      "eastWest",
    ];
    const mesh = fc.oneof(
      junk,
      fc.dictionary(fc.oneof(fc.constantFrom(...known), fc.string()), junk, { maxKeys: 8 }),
      fc.record({
        clusters: fc.dictionary(fc.string({ unit: "binary" }), junk, { maxKeys: 4 }),
        cidr: junk,
        routes: fc.array(junk),
      }),
    );
    const config = fc.record({
      mesh,
      clusters: junk,
      peers: junk,
      project: junk,
      kubeconfigs: fc.constant<string[]>([]),
    });
    check(config, 2800, (one) => {
      assert.ok(planOrProblems(textsOf(one as Written)) instanceof MeshConfigError);
    });
  });

  it("of values that no file holds is a list of problems too", () => {
    const anything = fc.anything({
      ...{
        maxDepth: 3,
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
      },
      ...{ withNullPrototype: true, withObjectString: true, withSparseArray: true },
    });
    const odd = fc.oneof(
      anything,
      fc.constantFrom(Symbol("a"), () => 1, Promise.resolve(), new Error("a")),
    );
    const mesh = fc.oneof(
      odd,
      fc.dictionary(fc.constantFrom("id", "cidr", "clusters", "routes", "tracing"), odd),
    );
    check(mesh, 400, (one) => {
      try {
        readMesh(one, { clusters: ["us-east1"], peers: [] });
      } catch (error) {
        assert.ok(error instanceof MeshConfigError, String(error));
        assertProblems(error);
      }
    });
  });

  it("in odd YAML is a plan, or a list of problems", () => {
    const edits = fc.array(fc.tuple(fc.nat(), oddLine), { minLength: 1, maxLength: 3 });
    const configs = fc
      .tuple(validConfig, edits, fc.constantFrom("1.1", "1.2"))
      .map(([config, lines, version]) => ({ ...config, mesh: asEngine(oddText(config, lines), version) }))
      // What is no YAML never comes to the program.
      .filter(({ mesh }) => mesh !== undefined);
    check(configs, 300, (config) => {
      planOrProblems(textsOf(config as Written));
    });
  });

  it("was judged ten thousand times", () => {
    assert.ok(judged >= 10_000, `only ${judged} of 10,000 configurations were judged`);
  });
});
