import { closest, distance } from "fastest-levenshtein";
import type { CheckFailure } from "../base";
import { isObject, isUnknown, type Properties, type Value } from "../values";
import { isScalar, type Field, type Fields, type ResourceType } from "./schema";

/** Terraform's name of an argument, which its messages use: `masterIpv4CidrBlock` is `master_ipv4_cidr_block`. */
export const terraformName = (name: string) =>
  name
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/_ipv(\d)_?/g, "_ipv$1_")
    .replace(/_$/, "");

interface Place {
  /** `name.releaseChannel.channel`, for "Examine values at". */
  pulumi: string;
  /** `release_channel.0.channel` */
  terraform: string;
}

/** Collects what is wrong with the arguments of one resource. */
export class Checker {
  readonly failures: CheckFailure[] = [];

  constructor(
    private readonly type: ResourceType,
    private readonly logicalName: string,
  ) {}

  check(inputs: Properties): CheckFailure[] {
    this.block(this.type.fields, inputs, { pulumi: this.logicalName, terraform: "" });
    this.conflicts(this.type.fields, inputs, inputs, "");
    for (const problem of this.type.rules?.(inputs) ?? []) this.failures.push({ reason: problem });
    return this.failures;
  }

  private fail(reason: string, at: string): void {
    this.failures.push({ reason: `${reason}. Examine values at '${at}'.` });
  }

  private block(fields: Fields, values: Properties, place: Place): void {
    for (const name of Object.keys(values))
      if (!(name in fields) && name !== "__defaults") this.unknown(fields, name, place);
    for (const [name, field] of Object.entries(fields)) {
      const inner = {
        pulumi: `${place.pulumi}.${name}`,
        terraform: `${place.terraform}${terraformName(name)}`,
      };
      const value = values[name];
      if (value !== undefined && value !== null) this.value(field, value, inner);
      else if (field.required)
        this.fail(
          `Missing required argument. The argument "${terraformName(name)}" is required, but no definition was found.`,
          inner.pulumi,
        );
    }
  }

  private unknown(fields: Fields, name: string, place: Place): void {
    const near = closest(name, Object.keys(fields));
    const hint = distance(name, near) <= 3 ? ` Did you mean "${near}"?` : "";
    this.fail(
      `The rehearsal knows no argument "${name}" of ${this.type.token}.${hint} (The real provider takes arguments that the rehearsal's table leaves out, and drops misspelt ones with a warning)`,
      `${place.pulumi}.${name}`,
    );
  }

  private value(field: Field, value: Value, place: Place): void {
    if (isUnknown(value)) return;
    const problem = wrongType(field, value);
    if (problem) {
      this.fail(
        `expected ${problem}, got ${JSON.stringify(value)} (the real provider may only warn)`,
        place.pulumi,
      );
      return;
    }
    const refused = isScalar(value) && field.check?.(value, place.terraform);
    if (refused) this.fail(refused, place.pulumi);
    if (field.kind === "block" && isObject(value)) {
      this.block(field.fields, value, { ...place, terraform: `${place.terraform}.0.` });
      this.groups(field, value, place);
    }
    if (field.kind === "list" && Array.isArray(value)) this.list(field, value, place);
  }

  private list(field: Field & { kind: "list" }, values: Value[], place: Place): void {
    const [minimum, maximum] = [field.min ?? 0, field.max ?? Infinity];
    if (values.length < minimum || values.length > maximum)
      this.fail(
        `${place.terraform}: between ${minimum} and ${maximum} items are allowed, got ${values.length}`,
        place.pulumi,
      );
    values.forEach((value, index) =>
      this.value(field.of, value, {
        pulumi: `${place.pulumi}[${index}]`,
        terraform: `${place.terraform}.${index}`,
      }),
    );
  }

  private groups(field: Field & { kind: "block" }, value: Properties, place: Place): void {
    const present = (names: string[]) => names.filter((name) => isSet(value[name]));
    const listed = (names: string[]) =>
      names.map((name) => `${place.terraform}.0.${terraformName(name)}`).join(",");
    if (field.atLeastOneOf && present(field.atLeastOneOf).length === 0)
      this.fail(
        `Missing required argument. one of \`${listed(field.atLeastOneOf)}\` must be specified`,
        place.pulumi,
      );
    if (field.exactlyOneOf && present(field.exactlyOneOf).length !== 1)
      this.fail(
        `Invalid combination of arguments. exactly one of \`${listed(field.exactlyOneOf)}\` must be specified`,
        place.pulumi,
      );
  }

  private conflicts(fields: Fields, values: Properties, root: Properties, prefix: string): void {
    for (const [name, field] of Object.entries(fields)) {
      const value = values[name];
      if (!isSet(value)) continue;
      const path = `${prefix}${name}`;
      for (const other of field.conflictsWith ?? [])
        if (isSet(valueAt(root, other)))
          this.fail(
            `Conflicting configuration arguments. "${terraformPath(path)}": conflicts with ${terraformPath(other)}`,
            `${this.logicalName}.${path}`,
          );
      if (field.kind === "block" && isObject(value)) this.conflicts(field.fields, value, root, `${path}.`);
    }
  }
}

const terraformPath = (path: string) => path.split(".").map(terraformName).join(".0.");

/** Whether the Terraform SDK counts an argument as set: neither missing nor the zero value. */
export function isSet(value: Value): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return false;
  return !(Array.isArray(value) && value.length === 0);
}

export function valueAt(root: Properties, path: string): Value {
  return path.split(".").reduce<Value>((inner, name) => (isObject(inner) ? inner[name] : undefined), root);
}

function wrongType(field: Field, value: Value): string | undefined {
  switch (field.kind) {
    case "string":
      return typeof value === "string" ? undefined : "a string";
    case "boolean":
      return typeof value === "boolean" ? undefined : "a boolean";
    case "number":
      return typeof value === "number" ? undefined : "a number";
    case "integer":
      return Number.isInteger(value) ? undefined : "a whole number";
    case "list":
      return Array.isArray(value) ? undefined : "a list";
    case "map":
      return isObject(value) &&
        Object.values(value).every((member) => typeof member === "string" || isUnknown(member))
        ? undefined
        : "a map of strings";
    case "block":
      return isObject(value) ? undefined : "an object";
  }
}

/** Inputs with the schema's defaults, at any depth where there is a block. */
export function withDefaults(fields: Fields, values: Properties): Properties {
  const filled: Properties = { ...values };
  for (const [name, field] of Object.entries(fields)) {
    const value = filled[name];
    if (value === undefined || value === null) {
      if (field.default !== undefined) filled[name] = field.default;
    } else filled[name] = innerDefaults(field, value);
  }
  return filled;
}

function innerDefaults(field: Field, value: Value): Value {
  if (field.kind === "block" && isObject(value)) return withDefaults(field.fields, value);
  if (field.kind === "list" && Array.isArray(value))
    return value.map((item) => innerDefaults(field.of, item));
  return value;
}
