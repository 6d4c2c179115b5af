import { key } from "./support";
import type { Registered } from "./mocks";

/**
 * What a stack consists of, for review: every resource with what it belongs to, what it waits for, and what happens to it when
 * it goes. Values are left out; other tests have them.
 */
export function planOf(resources: Registered[]): string {
  return [...resources]
    .sort((one, other) => (key(one) < key(other) ? -1 : 1))
    .map(say)
    .join("\n");
}

function say(resource: Registered): string {
  const { type, name, parent, provider, dependencies, deletedWith, secretInputs, protect, retainOnDelete } =
    resource;
  const lines = [
    `${type} ${name}`,
    line("in", parent),
    line("by", provider),
    ...dependencies.map((dependency) => line("after", dependency)),
    line("goes with", deletedWith),
    line("secret", secretInputs.join(", ")),
    line("protected", protect ? "yes" : ""),
    line("stays", retainOnDelete ? "yes" : ""),
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

function line(word: string, value: string | undefined): string {
  return value ? `  ${word}: ${value.replace("::", " ")}` : "";
}
