import assert from "node:assert/strict";
import { changed, type Config, judge, mended as mend, messages, type Resource, UNKNOWN } from "./harness";

export interface Cases {
  rule: string;
  /** Without a finding. */
  compliant: Resource;
  /** What else is in its stack, for a rule of the whole stack. */
  beside?: Resource[];
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
  beside = [],
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
  const stackOf = (resource: Resource) => [resource, ...beside];

  it("has nothing to say about what is right", () => {
    assert.deepEqual(judge(rule, stackOf(compliant), config), { findings: [] });
  });

  for (const [path, value, finding] of broken) {
    it(`refuses ${path} ${shown(value)}`, () => {
      const found = messages(rule, stackOf(at(path, value)), config);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", finding);
    });
  }

  for (const [path, value] of accepted) {
    it(`accepts ${path} ${shown(value)}`, () => {
      assert.deepEqual(judge(rule, stackOf(at(path, value)), config), { findings: [] });
    });
  }

  for (const [path, value] of broken.filter(([path]) => mended.includes(path))) {
    it(`mends ${path} ${shown(value)}`, () => {
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
      const { findings, undecided } = judge(rule, stackOf(at(path, UNKNOWN)), config);
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

/** In a test's name; a certificate would fill the screen. */
function shown(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 60)}...${text.slice(-40)}` : text;
}
