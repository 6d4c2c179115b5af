import { hasSecret, isObject, isSecret, secret, type Properties, type Value } from "../values";
import { apiVersionOf, text, toObject, toProperties, type KubeObject } from "./object";

/**
 * What the engine keeps of a resource: the live object's fields, and beside them the inputs (`__inputs`), the version
 * that it was made with (`__initialApiVersion`) and the field manager of its updates (`__fieldManager`).
 */
export interface Checkpoint {
  inputs: KubeObject;
  live: KubeObject;
  initialApiVersion: string;
  fieldManager: string;
}

/**
 * @param from where secretness comes from: the checked inputs
 */
export function toState({ inputs, live, initialApiVersion, fieldManager }: Checkpoint, from: Properties) {
  return {
    ...annotateSecrets(toProperties(live), from),
    __inputs: annotateSecrets(toProperties(inputs), from),
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

export function fromState(state: Properties): Checkpoint {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = toObject(state);
  const inputs = isObject(__inputs) ? __inputs : {};
  return {
    inputs,
    live,
    initialApiVersion: text(__initialApiVersion) || apiVersionOf(inputs),
    fieldManager: text(__fieldManager),
  };
}

/**
 * A copy of `to` that is secret wherever `from` is; a list with one secret in it becomes secret as a whole, as its order may change. A Secret's
 * data is always secret.
 */
export function annotateSecrets(to: Properties, from: Properties): Properties {
  const result = { ...to };
  if (to.kind === "Secret") {
    for (const name of ["data", "stringData"]) {
      if (result[name] !== undefined) {
        result[name] = secret(result[name]);
      }
    }
    return result;
  }
  for (const [name, source] of Object.entries(from)) {
    const target = result[name];
    if (target === undefined) {
      continue;
    }
    if (isObject(target) && isObject(source)) {
      result[name] = annotateSecrets(target, source);
    } else if (!isSecret(target) && hasSecret(source)) {
      result[name] = secret(target);
    }
  }
  return result;
}

/** The parts of `live` that `shape` has too: what controllers added does not show. */
export function prune(live: KubeObject, shape: KubeObject): KubeObject {
  const result: KubeObject = {};
  for (const [name, value] of Object.entries(live)) {
    if (name in shape && shape[name] !== undefined) {
      result[name] = pruneValue(value, shape[name]);
    }
  }
  return result;
}

function pruneValue(value: Value, shape: Value): Value {
  if (isObject(value) && isObject(shape)) {
    return prune(value, shape);
  }
  if (Array.isArray(value) && Array.isArray(shape)) {
    return pruneList(value, shape);
  }
  return value;
}

function pruneList(list: Value[], shape: Value[]): Value[] {
  if (list.length === 0 || shape.length === 0) {
    return [];
  }
  if (typeof list[0] !== typeof shape[0] || Array.isArray(list[0]) !== Array.isArray(shape[0])) {
    return list;
  }
  return shape.slice(0, list.length).map((member, i) => pruneValue(list[i], member));
}
