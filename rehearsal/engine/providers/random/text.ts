import { randomInt } from "node:crypto";
import type { CheckFailure } from "../base";
import type { Properties } from "../values";

const alphabets = {
  numeric: "0123456789",
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Kind = keyof typeof alphabets;
const kinds = Object.keys(alphabets) as Kind[];
const minimumOf = {
  numeric: "minNumeric",
  lower: "minLower",
  upper: "minUpper",
  special: "minSpecial",
} as const;

/** Rules between arguments; each argument by itself is checked already. */
export function checkText(inputs: Properties): CheckFailure[] {
  const minimums = kinds.map((kind) => inputs[minimumOf[kind]]).filter((n) => typeof n === "number");
  const sum = minimums.reduce((total, n) => total + n, 0);
  if (typeof inputs.length === "number" && inputs.length < sum) {
    const rule =
      "Attribute length value must be at least sum of min_upper + min_lower + min_numeric + min_special";
    return [
      { property: "length", reason: `Invalid Attribute Value. ${rule} (${sum}), got: ${inputs.length}.` },
    ];
  }
  const isOff = (kind: Kind) => inputs[kind] === false || (kind === "numeric" && inputs.number === false);
  if (kinds.every(isOff)) {
    return [{ reason: "At least one of special, upper, lower, numeric must be true, but all are false." }];
  }
  return [];
}

/** Random text from inputs with defaults filled in: the least number of each kind first, then shuffled. */
export function randomText(inputs: Properties): string {
  const special = typeof inputs.overrideSpecial === "string" && inputs.overrideSpecial;
  const alphabet = { ...alphabets, special: special || alphabets.special };
  const isOn = (kind: Kind) => inputs[kind] === true && !(kind === "numeric" && inputs.number === false);
  const all = kinds
    .filter(isOn)
    .map((kind) => alphabet[kind])
    .join("");
  const characters = kinds.flatMap((kind) => pick(alphabet[kind], inputs[minimumOf[kind]] as number));
  characters.push(...pick(all, (inputs.length as number) - characters.length));
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? "", characters[i] ?? ""];
  }
  return characters.join("");
}

function pick(alphabet: string, count: number): string[] {
  const characters = [...alphabet];
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] ?? "");
}
