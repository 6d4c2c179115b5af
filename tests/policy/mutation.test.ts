import assert from "node:assert/strict";
import { rules } from "../../policy/rules";
import { judge, type Resource } from "./harness";
import { type Mutant, mutantsOf, type Unknown, unknownsOf } from "./mutations";
import { context, elsewhere } from "./mutations/context";
import { fields } from "./mutations/fields";
import { withGooglesIds } from "./mutations/ids";
import { covers, type Key, read, show } from "./mutations/paths";
import { recording } from "./mutations/reads";
import { programResources } from "./programResources";

const stackRules = rules.flatMap((rule) => ("validateStack" in rule ? [rule.name] : []));

/** The changed resource, or the whole stack. */
function judgedBy(rule: string, { mutated, resources }: Unknown): Resource | Resource[] {
  return stackRules.includes(rule) ? resources : (mutated ?? []);
}

/** Findings by rule. */
function findingsOf(mutant: Mutant): Map<string, string[]> {
  const { rule, config } = mutant.field;
  const found = rules.map(({ name }): [string, string[]] => {
    const { findings } = judge(name, judgedBy(name, mutant), name === rule ? config : {});
    return [name, findings.map(({ urn, message }) => `${urn}: ${message}`)];
  });
  return new Map(found.filter(([, findings]) => findings.length > 0));
}

describe("mutants of the program's resources", function () {
  this.timeout(60_000);
  let stacks: Record<string, Resource[]>;
  let mutants: { mutant: Mutant; found: Map<string, string[]> }[];

  before(async () => {
    stacks = withGooglesIds(await programResources());
    mutants = mutantsOf(stacks, fields).map((mutant) => ({ mutant, found: findingsOf(mutant) }));
  });

  it("start from a program without a finding", () => {
    for (const resources of [...Object.values(stacks), Object.values(stacks).flat()]) {
      for (const { name } of rules) {
        assert.deepEqual(judge(name, resources).findings, [], name);
      }
    }
  });

  it("are at least 150, of every protected field", () => {
    assert.ok(mutants.filter(({ mutant }) => mutant.violates).length >= 150);
    const unused = fields.filter(
      (field) => !mutants.some(({ mutant }) => mutant.field === field && mutant.violates),
    );
    assert.deepEqual(
      unused.map(({ rule, path }) => `${rule}: ${path}`),
      [],
    );
  });

  it("are caught by the rule that protects the field", () => {
    const survivors = mutants.filter(({ mutant, found }) => mutant.violates && !found.has(mutant.field.rule));
    assert.deepEqual(
      survivors.map(({ mutant }) => `${mutant.field.rule}: ${mutant.title}`),
      [],
    );
  });

  it("are caught by no rule that has nothing to do with it", () => {
    const strangers = mutants.flatMap(({ mutant: { field, title, violates }, found }) => {
      const related = [...(violates ? [field.rule] : []), ...(field.also ?? [])];
      return [...found.keys()].filter((rule) => !related.includes(rule)).map((rule) => `${rule}: ${title}`);
    });
    assert.deepEqual(strangers, []);
  });

  it("are told with the resource, the field, and what to write instead", () => {
    for (const { mutant, found } of mutants) {
      for (const text of found.get(mutant.field.rule) ?? []) {
        assert.ok(tells(text, mutant, stacks), `${mutant.title}: ${text}`);
      }
    }
  });

  it("are neither refused nor passed while the field is unknown", () => {
    const wrong = unknownsOf(stacks, fields).flatMap((mutant) => {
      const { findings, undecided } = judge(
        mutant.field.rule,
        judgedBy(mutant.field.rule, mutant),
        mutant.field.config,
      );
      const verdict = findings.map(({ message }) => message).join() || (undecided ? "" : "passes");
      return verdict ? [`${mutant.field.rule}: ${mutant.title}: ${verdict}`] : [];
    });
    assert.deepEqual(wrong, []);
  });

  after(() => {
    const caught = new Map<string, [made: number, caught: number]>();
    for (const { mutant, found } of mutants.filter((one) => one.mutant.violates)) {
      const { rule } = mutant.field;
      const [made, hits] = caught.get(rule) ?? [0, 0];
      caught.set(rule, [made + 1, hits + (found.has(rule) ? 1 : 0)]);
    }
    const rows = [...caught].map(([rule, [made, hits]]) => `      ${rule}: ${hits} of ${made}`);
    const [made, hits] = [...caught.values()].reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    const harmless = mutants.filter(({ mutant }) => !mutant.violates).length;
    console.log(
      `    ${hits} of ${made} mutants caught, and ${harmless} harmless changes made:\n${rows.join("\n")}`,
    );
  });
});

/** A finding of the resource itself, which tells one of the rule's fields, or of the stack; with a remedy after its colon. */
function tells(text: string, { original, path, field }: Mutant, stacks: Record<string, Resource[]>): boolean {
  const [, type, name] = /^urn:pulumi:.*?::.*?::(.*?)::(.*?): /.exec(text) ?? [];
  const all = Object.values(stacks).flat();
  const known = all.some((resource) => resource.type === type && resource.name === name);
  const own = type === original.type && name === original.name;
  const value = read(original.props, path);
  const keys = [
    ...fields.filter(({ rule }) => rule === field.rule).flatMap((one) => one.path.split(/[^\w-]+/)),
    ...(isObject(value) ? Object.keys(value) : []),
    // What a Secret's stringData is called once it is there.
    "data",
  ];
  const about = keys.some((key) => key !== "" && text.includes(key));
  return known && (about || !own) && /[:;] [a-z].{6,}/.test(text);
}

describe("what the rules read of the program", () => {
  it("is protected, or named as what a subject is found by", async () => {
    const forgotten = new Set<string>();
    const used = new Set<string>();
    for (const resources of Object.values(withGooglesIds(await programResources()))) {
      for (const { name } of rules) {
        const reads = resources.map(({ props, ...resource }) => ({ resource, reads: recording(props) }));
        judge(
          name,
          reads.map(({ resource, reads: { props } }) => ({ ...resource, props })),
        );
        for (const { resource, reads: read } of reads) {
          for (const path of read.paths().filter((one) => !isProtected(name, resource.type, one))) {
            const named = (context[name] ?? []).filter((pattern) => covers(pattern, path));
            named.forEach((pattern) => used.add(`${name} ${pattern}`));
            if (named.length > 0) {
              continue;
            }
            forgotten.add(`${name} reads ${show(path).replaceAll(/\[\d+\]/g, "[*]")} of ${resource.type}`);
          }
        }
      }
    }
    assert.deepEqual([...forgotten], []);
    const unread = Object.entries(context).flatMap(([rule, patterns]) =>
      patterns.filter((pattern) => !used.has(`${rule} ${pattern}`)).map((pattern) => `${rule}: ${pattern}`),
    );
    assert.deepEqual(unread, [], "named for nothing");
  });

  it("is broken for every rule, but for those about what the program does not make", () => {
    const untouched = rules
      .map(({ name }) => name)
      .filter((rule) => !fields.some((field) => field.rule === rule));
    assert.deepEqual(untouched.sort(), Object.keys(elsewhere).sort());
  });
});

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isProtected(rule: string, type: string, path: Key[]): boolean {
  return fields.some(
    (field) =>
      (field.rule === rule || field.also?.includes(rule)) &&
      field.types.includes(type) &&
      covers(field.path, path),
  );
}
