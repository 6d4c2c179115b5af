import { UNKNOWN, isObject, secret, type Properties, type Value } from "../values";
import { isScalar, type Field, type Fields, type ResourceType } from "./schema";

/** The planned state of a creation: arguments as given, everything that Google fills in unknown. */
export function plannedOutputs(type: ResourceType, inputs: Properties): Properties {
  return {
    ...planned(type.fields, inputs),
    ...Object.fromEntries(type.outputs.map((name): [string, Value] => [name, UNKNOWN])),
  };
}

function planned(fields: Fields, values: Properties): Properties {
  const result: Properties = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined || value === null) {
      if (field.computed) result[name] = UNKNOWN;
    } else result[name] = field.kind === "block" && isObject(value) ? planned(field.fields, value) : value;
  }
  return result;
}

/** The planned state of an update: the old state with the wanted arguments in it. */
export function plannedUpdate(type: ResourceType, state: Properties, wanted: Properties): Properties {
  return overlay(type.fields, state, wanted);
}

function overlay(fields: Fields, state: Properties, wanted: Properties): Properties {
  const result: Properties = { ...state };
  for (const [name, field] of Object.entries(fields)) {
    const [before, after] = [state[name], wanted[name]];
    if (after === undefined || after === null) {
      if (!field.computed) delete result[name];
    } else
      result[name] =
        field.kind === "block" && isObject(before) && isObject(after)
          ? overlay(field.fields, before, after)
          : after;
  }
  return result;
}

/** What Google answered, with the sensitive parts marked. */
export function stateOf(type: ResourceType, properties: Record<string, unknown>): Properties {
  return marked(type.fields, properties as Properties);
}

function marked(fields: Fields, values: Properties): Properties {
  const result: Properties = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (value === undefined || value === null) continue;
    result[name] = field ? markedValue(field, value) : value;
  }
  return result;
}

function markedValue(field: Field, value: Value): Value {
  if (field.secret) return secret(value);
  return field.kind === "block" && isObject(value) ? marked(field.fields, value) : value;
}

/**
 * The inputs as Google has them now: what was asked for, with its present value. Without old inputs (an import or a
 * `get`), every argument that Google does not fill in by itself.
 */
export function inputsOf(type: ResourceType, old: Properties, properties: Properties): Properties {
  if (Object.keys(old).length === 0) {
    const own = Object.entries(type.fields).filter(
      ([name, field]) => !field.computed && properties[name] !== undefined,
    );
    return Object.fromEntries(own.map(([name]): [string, Value] => [name, properties[name]]));
  }
  const result: Properties = {};
  for (const [name, value] of Object.entries(old)) {
    const field = type.fields[name];
    result[name] = field ? present(field, value, properties[name]) : value;
  }
  return result;
}

function present(field: Field, old: Value, now: Value): Value {
  if (now === undefined || now === null) return old === "" || old === false || old === 0 ? old : undefined;
  if (isScalar(old) && isScalar(now) && field.same?.(old, now)) return old;
  if (field.kind === "block" && isObject(old) && isObject(now)) return pruned(field.fields, old, now);
  if (field.kind === "list" && Array.isArray(old) && Array.isArray(now)) {
    const { of } = field;
    return of.kind === "block" ? now.map((item, index) => present(of, old[index] ?? item, item)) : now;
  }
  return now;
}

function pruned(fields: Fields, old: Properties, now: Properties): Properties {
  return Object.fromEntries(
    Object.entries(old).map(([name, value]): [string, Value] => {
      const field = fields[name];
      return [name, field ? present(field, value, now[name]) : value];
    }),
  );
}
