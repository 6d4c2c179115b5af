import { equal, isObject, type Value } from "../../values";
import { items } from "../object";

type Step =
  | { member: string }
  | { index: number }
  | { all: true }
  | { filter: { path: string[]; operator: "==" | "!="; value: Value } | { path: string[] } };

const token =
  /\.([A-Za-z0-9_-]+)|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]|\[(-?\d+)\]|(\.\*|\[\*\])|\[\?\(?\s*@((?:\.[A-Za-z0-9_-]+)+)\s*(?:(==|!=)\s*("[^"]*"|'[^']*'|[\w.-]+)\s*)?\)?\]/y;

/**
 * The part of JSONPath that conditions use: members, positions, `*`, and filters of one comparison, such as
 * `.status.conditions[?(@.type=="Ready")].status`.
 * @throws Error that names the place which it cannot read.
 */
export function parseJsonPath(text: string): (value: Value) => Value[] {
  const path = text.replace(/^\$/, "");
  const steps: Step[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < path.length) {
    const from = token.lastIndex;
    const match = token.exec(path);
    if (!match) {
      throw new Error(`parsing "${text}": cannot read "${path.slice(from)}"`);
    }
    const [, member, single, double, index, all, filterPath, operator, operand] = match;
    const name = member ?? (single ?? double)?.replace(/\\(.)/g, "$1");
    if (name !== undefined) {
      steps.push({ member: name });
    } else if (index !== undefined) {
      steps.push({ index: Number(index) });
    } else if (all !== undefined) {
      steps.push({ all: true });
    } else {
      const fields = (filterPath ?? "").split(".").slice(1);
      steps.push({
        filter: operator
          ? { path: fields, operator: operator as "==" | "!=", value: literal(operand ?? "") }
          : { path: fields },
      });
    }
  }
  return (value) =>
    steps.reduce<Value[]>((found, step) => found.flatMap((one) => select(one, step)), [value]);
}

function literal(text: string): Value {
  if (/^["']/.test(text)) {
    return text.slice(1, -1);
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

function select(value: Value, step: Step): Value[] {
  if ("member" in step) {
    return isObject(value) && value[step.member] !== undefined ? [value[step.member]] : [];
  }
  const members = isObject(value) ? Object.values(value) : items(value);
  if ("index" in step) {
    const found = items(value).at(step.index);
    return found === undefined ? [] : [found];
  }
  if ("all" in step) {
    return members;
  }
  const { filter } = step;
  return members.filter((member) => {
    const found = filter.path.reduce<Value>((v, name) => (isObject(v) ? v[name] : undefined), member);
    if (!("operator" in filter)) {
      return found !== undefined;
    }
    return equal(found, filter.value) === (filter.operator === "==");
  });
}
