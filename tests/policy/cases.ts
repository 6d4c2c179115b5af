import assert from "node:assert/strict";
import { changed, type Config, judge, mended as mend, messages, type Resource, UNKNOWN } from "./harness";

export interface Cases {
  rule: string;
  /** Without a finding. */
  compliant: Resource;
  /** Each breaks one field: where, the value (undefined: missing), and what the finding has to say. */
  broken: [path: string, value: unknown, finding: RegExp][];
  /** Each changes one field, and is as good. */
  accepted?: [path: string, value: unknown][];
  /** Paths of {@link broken} that level `remediate` mends, so that the rule has nothing more to say. */
  mended?: string[];
  /** Resources that the rule has nothing to say about. */
  others: Record<string, Resource>;
  config?: Config;
}

/**
 * The tests of a rule: the compliant resource, each of its fields broken, each of these fields not known yet, and resources that
 * are none of its business.
 */
export function testRule({
  rule,
  compliant,
  broken,
  accepted = [],
  mended = [],
  others,
  config,
}: Cases): void {
  const at = (path: string, value: unknown) => ({
    ...compliant,
    props: changed(compliant.props, path, value),
  });

  it("has nothing to say about what is right", () => {
    assert.deepEqual(judge(rule, compliant, config), { findings: [] });
  });

  for (const [path, value, finding] of broken) {
    it(`refuses ${path} ${value === undefined ? "missing" : JSON.stringify(value)}`, () => {
      const found = messages(rule, at(path, value), config);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", finding);
    });
  }

  for (const [path, value] of accepted) {
    it(`accepts ${path} ${value === undefined ? "missing" : JSON.stringify(value)}`, () => {
      assert.deepEqual(judge(rule, at(path, value), config), { findings: [] });
    });
  }

  for (const [path, value] of broken.filter(([path]) => mended.includes(path))) {
    it(`mends ${path} ${value === undefined ? "missing" : JSON.stringify(value)}`, () => {
      const props = mend(rule, at(path, value), config);
      assert.ok(props, "nothing was mended");
      assert.deepEqual(judge(rule, { ...compliant, props }, config), { findings: [] });
    });
  }

  if (mended.length > 0) {
    it("mends nothing that is right, and nothing that is none of its business", () => {
      for (const resource of [compliant, ...Object.values(others)]) {
        assert.equal(mend(rule, resource, config), undefined);
      }
    });
  }

  for (const path of new Set(broken.map(([path]) => path))) {
    it(`neither refuses nor passes ${path} while it is unknown`, () => {
      const { findings, undecided } = judge(rule, at(path, UNKNOWN), config);
      assert.deepEqual(findings, []);
      assert.match(undecided ?? "", /can't be known during preview/);
    });
  }

  for (const [what, resource] of Object.entries(others)) {
    it(`has nothing to say about ${what}`, () => {
      assert.deepEqual(judge(rule, resource, config), { findings: [] });
    });
  }
}
