import { isObject, type Value } from "../../values";
import { at, items, text, type KubeObject } from "../object";
import { parseJsonPath } from "./jsonPath";
import type { Check, Readiness } from "./readiness";

/**
 * The value of `pulumi.com/waitFor`: `condition=Type[=Status]`, `jsonpath={.path}[=value]`, or a JSON list of such, all of
 * which must hold.
 * @throws Error for anything else.
 */
export function parseWaitFor(annotation: string): Check {
  const checks = expressionsOf(annotation).map(parseExpression);
  if (checks.length === 0) {
    throw new Error("at least one condition must be specified");
  }
  return (object) => {
    const results = checks.map((check) => check(object));
    const missing = results.find(({ ready }) => !ready);
    return missing ?? { ready: true, status: results.at(-1)?.status };
  };
}

function expressionsOf(annotation: string): string[] {
  try {
    const list: unknown = JSON.parse(annotation);
    if (Array.isArray(list) && list.every((entry) => typeof entry === "string")) {
      return list;
    }
  } catch {
    // Not JSON: a single expression.
  }
  return [annotation];
}

function parseExpression(expression: string): (object: KubeObject) => Readiness {
  if (expression.startsWith("jsonpath=")) {
    return jsonPathCheck(expression.slice("jsonpath=".length));
  }
  if (expression.startsWith("condition=")) {
    return conditionCheck(expression.slice("condition=".length));
  }
  throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

function jsonPathCheck(expression: string): (object: KubeObject) => Readiness {
  const [path = "", ...rest] = expression.split(/(?<![=!])=(?!=)/);
  if (rest.length > 1) {
    throw new Error(`format should be {.path}=value or {.path}, got "${expression}"`);
  }
  const [wanted] = rest;
  if (wanted === "") {
    throw new Error(`${path}= requires a value`);
  }
  if (/^'.*'$/.test(path)) {
    throw new Error(`${path} should omit shell quotes`);
  }
  const inner = /\{\s*(.*?)\s*\}/.exec(path)?.[1];
  if (inner === undefined) {
    throw new Error(`${path} should be wrapped in brackets { ... }`);
  }
  const select = parseJsonPath(inner);
  return (object) => {
    const observed = at(object, "status", "observedGeneration");
    if (isOutdated(object, observed)) {
      return { ready: false, status: `Waiting for ${expression}` };
    }
    const [found] = select(object);
    if (found === undefined) {
      return { ready: false, status: `${path} selected nothing` };
    }
    if (isObject(found) || Array.isArray(found)) {
      return { ready: wanted === undefined, status: `${path} has a non-primitive value` };
    }
    const ready = wanted === undefined || scalar(found) === wanted;
    return {
      ready,
      status: ready ? `Found ${expression}` : `Waiting for ${expression} (found "${scalar(found)}")`,
    };
  };
}

function conditionCheck(expression: string): (object: KubeObject) => Readiness {
  const [type = "", status = "True"] = expression.split(/=(.*)/s);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (object) => {
    const conditions = at(object, "status", "conditions");
    if (!Array.isArray(conditions)) {
      return { ready: false, status: "Has no .status.conditions" };
    }
    const condition = items(conditions).find((entry) => same(text(at(entry, "type")), type));
    const found = text(at(condition, "status"));
    const observed = at(condition, "observedGeneration") ?? at(object, "status", "observedGeneration");
    if (!condition || isOutdated(object, observed)) {
      return { ready: false, status: `Waiting for condition ${type}` };
    }
    const ready = same(found, status);
    return ready ? { ready } : { ready, status: `Resource has condition ${type}=${found} (want ${status})` };
  };
}

function isOutdated(object: KubeObject, observed: Value): boolean {
  const generation = at(object, "metadata", "generation");
  return typeof generation === "number" && typeof observed === "number" && observed < generation;
}

function scalar(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
