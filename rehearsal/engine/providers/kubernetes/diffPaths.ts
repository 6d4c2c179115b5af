import { isObject, type Value } from "../values";

/** A place in an object: member names and list positions. */
export type Path = (string | number)[];

/** `spec.ports[0].port`, `metadata.annotations["example.com/a"]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") {
      return `${text}[${step}]`;
    }
    if (/[."[\]]/.test(step)) {
      return `${text}["${step.replaceAll('"', '\\"')}"]`;
    }
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

export function parsePath(text: string): string[] {
  const steps: string[] = [];
  for (const match of text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)) {
    const [, quoted, index, name] = match;
    steps.push(quoted?.replaceAll('\\"', '"') ?? index ?? name ?? "");
  }
  return steps;
}

/** Whether `path` is what `pattern` names, or lies in it. `*` is any step. */
export function contains(pattern: string[], path: Path): boolean {
  return (
    pattern.length <= path.length && pattern.every((step, i) => step === "*" || step === String(path[i]))
  );
}

/** Whether a change at `path` to `value` touches what `pattern` names: the path lies in it, or the value brings it along. */
export function touches(pattern: string[], path: Path, value: Value): boolean {
  if (contains(pattern, path)) {
    return true;
  }
  return contains(pattern.slice(0, path.length), path) && holds(value, pattern.slice(path.length));
}

function holds(value: Value, pattern: string[]): boolean {
  const [step, ...rest] = pattern;
  if (step === undefined) {
    return value !== undefined;
  }
  if (Array.isArray(value)) {
    return step === "*" && value.some((item: Value) => holds(item, rest));
  }
  return isObject(value) && step in value && holds(value[step], rest);
}
