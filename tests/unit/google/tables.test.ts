import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Field, Fields } from "../../../rehearsal/engine/providers/gcp/schema";
import { resourceTypes } from "../../../rehearsal/engine/providers/gcp/types";
import { authorityPoolType, authorityType } from "../../../rehearsal/google/names";
import { kinds } from "../../../rehearsal/google/resources";

const sdk = path.dirname(require.resolve("@pulumi/gcp/package.json"));

/** Members of an interface in a declaration file: name to the text of its type. */
function members(text: string, name: string): Map<string, string> | undefined {
  const body = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\s*\\}\\n`).exec(text)?.[1];
  if (body === undefined) return undefined;
  const oneLine = body
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\{\s*\[key: string\]: [^;]*;\s*\}/g, "{ [key: string] }");
  const lines = oneLine.matchAll(/^\s*(?:readonly )?(\w+)\??: (.*);$/gm);
  return new Map([...lines].map(([, member = "", type = ""]) => [member, type]));
}

/** Interfaces of one namespace of the SDK's nested types. */
function namespaceOf(name: string): string {
  const text = fs.readFileSync(path.join(sdk, "types", "input.d.ts"), "utf8");
  const start = text.indexOf(`export declare namespace ${name} {`);
  return text.slice(start, text.indexOf("\nexport declare namespace", start + 1));
}

const namespaces = new Map<string, string>();
function nested(reference: string): Map<string, string> | undefined {
  const [, space = "", name = ""] = /inputs\.(\w+)\.(\w+)/.exec(reference) ?? [];
  if (!namespaces.has(space)) namespaces.set(space, namespaceOf(space));
  return members(namespaces.get(space) ?? "", name);
}

function innerFields(field: Field): Fields | undefined {
  if (field.kind === "list") return innerFields(field.of);
  return field.kind === "block" ? field.fields : undefined;
}

const kindOf = (type: string) =>
  /\[\]/.test(type)
    ? "list"
    : /boolean/.test(type)
      ? "boolean"
      : /number/.test(type)
        ? "number"
        : /key: string/.test(type)
          ? "map"
          : /inputs\.|\w+\.[A-Z]\w+/.test(type.replace(/pulumi\.Input/g, ""))
            ? "block"
            : "string";

function compare(fields: Fields, declared: Map<string, string>, place: string, problems: string[]): void {
  for (const [name, field] of Object.entries(fields)) {
    const type = declared.get(name);
    if (type === undefined) {
      problems.push(`${place}.${name} does not exist`);
      continue;
    }
    const wanted = field.kind === "integer" ? "number" : field.kind;
    if (kindOf(type) !== wanted) problems.push(`${place}.${name} is ${kindOf(type)}: ${type}, not ${wanted}`);
    const inner = innerFields(field);
    const declaredInner = inner && nested(type);
    if (inner && declaredInner) compare(inner, declaredInner, `${place}.${name}`, problems);
    else if (inner) problems.push(`${place}.${name}: no nested type in ${type}`);
  }
}

describe("the gcp stand-in's tables", () => {
  it("have the types that the simulated project has, but for what people have before they have a mesh", () => {
    const known = [...resourceTypes.keys(), authorityPoolType, authorityType];
    assert.deepEqual(known.sort(), [...kinds.keys()].sort());
  });

  for (const type of resourceTypes.values()) {
    const [, module = "", className = ""] = /^gcp:(\w+)\/\w+:(\w+)$/.exec(type.token) ?? [];
    const files = fs.readdirSync(path.join(sdk, module)).filter((file) => file.endsWith(".d.ts"));
    const file = files.find((each) => each.toLowerCase() === `${className.toLowerCase()}.d.ts`) ?? "";

    it(`name arguments of ${type.token} as @pulumi/gcp does`, () => {
      const text = fs.readFileSync(path.join(sdk, module, file), "utf8");
      const problems: string[] = [];
      const args = members(text, `${className}Args`);
      assert.ok(args, `${className}Args`);
      const argsOnly = Object.fromEntries(
        Object.entries(type.fields).filter(([name]) => name !== "nodePools"),
      );
      compare(argsOnly, args, className, problems);
      const state = members(text, `${className}State`);
      for (const output of type.outputs)
        if (!state?.has(output)) problems.push(`output ${output} does not exist`);
      const known = new Set([...Object.keys(type.fields), ...type.outputs]);
      for (const output of state?.keys() ?? [])
        if (!known.has(output) && !args.has(output)) problems.push(`output ${output} is missing`);
      assert.deepEqual(problems, []);
    });
  }
});
