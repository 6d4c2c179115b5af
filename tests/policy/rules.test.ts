import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../../policy/rules";
import { describeRules, RULES_FILE } from "./rulesFile";

const PACK = join(__dirname, "../../policy");

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
}

function manifest(file: string): Manifest & { devDependencies: Record<string, string> } {
  return JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof manifest>;
}

describe("the policy pack", () => {
  for (const rule of rules) {
    it(`says everything about ${rule.name}`, () => {
      assert.match(rule.name, /^[a-z]+(-[a-z]+)*$/);
      for (const text of [rule.displayName, rule.description, rule.remediationSteps]) {
        assert.ok(text && text.length > 10, text);
      }
      assert.ok(rule.severity);
      assert.ok(rule.tags && rule.tags.length > 0);
      assert.match(rule.url ?? "", /^https:\/\//);
      for (const property of Object.values(rule.configSchema?.properties ?? {})) {
        assert.notEqual(property.default, undefined);
        assert.ok(property.description);
      }
    });
  }

  it("has no two rules of one name, and every file of rules/ in it", () => {
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
    const files = readdirSync(join(PACK, "rules")).filter((file) => file !== "index.ts");
    assert.equal(files.length, rules.length);
  });

  it("has a fresh RULES.md (else: npm run policy:rules)", async () => {
    assert.equal(readFileSync(RULES_FILE, "utf8"), await describeRules(rules));
  });

  it("imports nothing from outside: other repositories take the folder", () => {
    for (const file of readdirSync(PACK, { recursive: true, encoding: "utf8" })) {
      if (file.endsWith(".ts") && !file.includes("node_modules")) {
        const depth = file.split("/").length - 1;
        const outside = `from "${"../".repeat(depth + 1)}`;
        assert.ok(!readFileSync(join(PACK, file), "utf8").includes(outside), file);
      }
    }
  });

  it("names the same versions as the repository", () => {
    const root = manifest(join(PACK, "../package.json"));
    const pack = manifest(join(PACK, "package.json"));
    const versions: Record<string, string> = { ...root.dependencies, ...root.devDependencies };
    for (const [name, version] of Object.entries(pack.dependencies)) {
      assert.equal(version, versions[name], name);
    }
    assert.equal(pack.version, root.version);
  });
});
