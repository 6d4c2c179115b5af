import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Policies } from "@pulumi/policy";
import { format } from "prettier";
import { rules } from "../../policy/rules";

export const RULES_FILE = join(__dirname, "../../policy/RULES.md");

/** RULES.md: a table of all rules, and a chapter on each. */
export function describeRules(policies: Policies): Promise<string> {
  const rows = policies.map(
    ({ name, displayName, severity, enforcementLevel }) =>
      `| [${name}](#${name}) | ${displayName} | ${severity} | ${enforcementLevel} |`,
  );
  const chapters = policies.map((policy) =>
    [
      `## ${policy.name}`,
      `**${policy.displayName}.** ${policy.description}`,
      `What to do: ${policy.remediationSteps}`,
      [
        `- Severity: ${policy.severity}. Level: ${policy.enforcementLevel}. Judges ${scopeOf(policy)}.`,
        ...("remediateResource" in policy
          ? ["- Level `remediate` mends it in the preview and the update."]
          : []),
        `- Tags: ${policy.tags?.join(", ")}.`,
        ...parametersOf(policy),
        `- Why, and how: <${policy.url}>`,
      ].join("\n"),
    ].join("\n\n"),
  );
  const text = [
    "# Rules",
    "Made from the rules by `npm run policy:rules`.",
    ["| Rule | What it wants | Severity | Level |", "| - | - | - | - |", ...rows].join("\n"),
    ...chapters,
  ].join("\n\n");
  return format(text, { parser: "markdown", printWidth: 110 });
}

function scopeOf(policy: Policies[number]): string {
  return "validateStack" in policy ? "the whole stack" : "single resources";
}

function parametersOf({ configSchema }: Policies[number]): string[] {
  return Object.entries(configSchema?.properties ?? {}).map(
    ([key, { default: standard, description }]) =>
      `- Parameter \`${key}\` (default \`${JSON.stringify(standard)}\`): ${description}`,
  );
}

if (require.main === module) {
  void describeRules(rules).then((text) => writeFileSync(RULES_FILE, text));
}
