import { closest, distance } from "fastest-levenshtein";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Node's `parseArgs`, which speaks to programmers of an option that it does not know. @throws with a message for people */
export function parseArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  const known = Object.keys(config.options ?? {});
  const { tokens = [] } = parseArgs({ ...config, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "option" && !known.includes(token.name)) {
      throw new Error(unknownOption(token, known));
    }
  }
  return parseArgs(config);
}

function unknownOption({ name, rawName }: { name: string; rawName: string }, known: string[]): string {
  const near = closest(name, known);
  const meant = distance(name, near) <= near.length / 2 ? `did you mean --${near}? ` : "";
  return `${rawName} is no option: ${meant}--help lists them`;
}

/** Seconds of `--timeout`. @throws with a message for people */
export function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 600) {
    throw new Error(`--timeout is "${text}": write whole seconds from 1 to 600, such as 60`);
  }
  return seconds;
}
