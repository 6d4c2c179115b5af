import type { Value } from "../values";

/** A value of an argument that is no list, map or block. */
export type Scalar = string | number | boolean;

export function isScalar(value: Value): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}

/**
 * One argument of a resource, as the Terraform provider's schema has it, in Pulumi's names.
 * Outputs that are no arguments stand in {@link ResourceType.outputs}.
 */
export interface FieldOptions {
  required?: boolean;
  /** A change replaces the resource. */
  forceNew?: boolean;
  /** Google fills it in where it is left out. */
  computed?: boolean;
  default?: Value;
  /** Answers what is wrong with a known value, or undefined. `name` is the argument's name at Terraform. */
  check?: (value: Scalar, name: string) => string | undefined;
  /** Whether two values mean the same, where that is more than being equal. */
  same?: (a: Scalar, b: Scalar) => boolean;
  /** Dotted paths of arguments that may not be set together with this one. */
  conflictsWith?: string[];
  secret?: boolean;
}

export interface ListOptions extends FieldOptions {
  min?: number;
  max?: number;
  /** Order does not count. */
  set?: boolean;
}

export type Field = ListOptions &
  (
    | { kind: "string" | "boolean" | "number" | "integer" }
    | { kind: "list"; of: Field }
    | { kind: "map" }
    | { kind: "block"; fields: Fields; atLeastOneOf?: string[]; exactlyOneOf?: string[] }
  );

export type Fields = Record<string, Field>;

type BlockOptions = FieldOptions & { atLeastOneOf?: string[]; exactlyOneOf?: string[] };

export const text = (options: FieldOptions = {}): Field => ({ kind: "string", ...options });
export const flag = (options: FieldOptions = {}): Field => ({ kind: "boolean", ...options });
export const integer = (options: FieldOptions = {}): Field => ({ kind: "integer", ...options });
export const number = (options: FieldOptions = {}): Field => ({ kind: "number", ...options });
export const map = (options: FieldOptions = {}): Field => ({ kind: "map", ...options });
export const list = (of: Field, options: ListOptions = {}): Field => ({ kind: "list", of, ...options });
export const texts = (options: ListOptions = {}): Field => list(text(), options);
export const textSet = (options: ListOptions = {}): Field => list(text(), { set: true, ...options });
export const block = (fields: Fields, options: BlockOptions = {}): Field => ({
  kind: "block",
  fields,
  ...options,
});

/** `{enabled: true}` and its like: one required boolean. */
export const toggle = (name: "enabled" | "disabled", options: FieldOptions = {}): Field =>
  block({ [name]: flag({ required: true }) }, options);

/** How a resource type behaves at the provider, without Google. */
export interface ResourceType {
  token: string;
  /** What the provider writes before Google's refusal of a creation: `Error creating Network`. */
  creating?: string;
  /** The argument that gets a name of its own when it is left out, `<logical>-<7 hex>`. */
  autoname?: { property: string; max: number; lowerCase?: boolean };
  /** Where the resource lives: which provider-level setting is taken when it does not say. */
  place: "global" | "region" | "location";
  fields: Fields;
  /** Names of outputs that only Google knows. */
  outputs: string[];
  /** Outputs that stay as they are in an update; `id`, `selfLink` and name are always among them. */
  secretOutputs?: string[];
  /** The provider's checks over several arguments; unknown values must pass. */
  rules?: (inputs: Record<string, Value>) => string[];
  /** Changes that replace the resource only for some values. */
  replaceWhen?: Record<string, (before: Value, after: Value) => boolean>;
  /** A refusal to delete that follows from the old state alone. */
  keeps?: (state: Record<string, Value>) => string | undefined;
  /** 20 by default. */
  timeoutMinutes?: number;
  /** Deleting only forgets. */
  forgets?: boolean;
}
