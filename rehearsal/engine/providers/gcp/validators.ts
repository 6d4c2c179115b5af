import { parseRange } from "../../../google/cidr";
import type { Scalar } from "./schema";

/** Texts are those of the Terraform SDK's `validation` package and of google/verify/validation.go. */
export type Check = (value: Scalar, name: string) => string | undefined;

const quoted = (values: string[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;

export const oneOf =
  (...values: string[]): Check =>
  (value, name) =>
    values.includes(String(value))
      ? undefined
      : `expected ${name} to be one of ${quoted(values)}, got ${String(value)}`;

export const atLeast =
  (minimum: number): Check =>
  (value, name) =>
    Number(value) >= minimum
      ? undefined
      : `expected ${name} to be at least (${minimum}), got ${String(value)}`;

export const between =
  (minimum: number, maximum: number): Check =>
  (value, name) =>
    Number(value) >= minimum && Number(value) <= maximum
      ? undefined
      : `expected ${name} to be in the range (${minimum} - ${maximum}), got ${String(value)}`;

export const matches =
  (pattern: RegExp): Check =>
  (value, name) =>
    pattern.test(String(value))
      ? undefined
      : `"${name}" ("${String(value)}") doesn't match regexp "${pattern.source}"`;

/** Names of Compute Engine (https://cloud.google.com/compute/docs/naming-resources#resource-name-format). */
export const computeName = matches(/^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$/);

export const rfc1035 =
  (minimum: number, maximum: number): Check =>
  (value, name) => {
    const given = String(value);
    if (given.length < minimum || given.length > maximum)
      return `"${name}" ("${given}") must be between ${minimum} and ${maximum} characters long`;
    const pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
    return pattern.test(given) ? undefined : `"${name}" ("${given}") must match regex "${pattern.source}"`;
  };

export const cidr: Check = (value, name) =>
  parseRange(String(value)) || String(value).includes(":")
    ? undefined
    : `"${name}" is not a valid IP CIDR range: invalid CIDR address: ${String(value)}`;

/** A network without host bits and with a prefix length in the range; an empty text passes. */
export const cidrNetwork =
  (minimum: number, maximum: number): Check =>
  (value, name) => {
    if (value === "") return undefined;
    const range = parseRange(String(value));
    if (!range)
      return `expected ${name} to be a valid IPv4 Value, got ${String(value)}: invalid CIDR address: ${String(value)}`;
    if (range.hostBits) return `expected ${name} to contain a valid network Value, got ${String(value)}`;
    return range.bits >= minimum && range.bits <= maximum
      ? undefined
      : `expected "${name}" to contain a network Value with between ${minimum} and ${maximum} significant bits, got: ${range.bits}`;
  };

export const rfc3339: Check = (value, name) =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(String(value)) &&
  !Number.isNaN(Date.parse(String(value)))
    ? undefined
    : `"${name}" ("${String(value)}") must be a valid RFC3339 date`;

export const timeOfDay: Check = (value, name) =>
  /^([01]\d|2[0-3]):[0-5]\d$/.test(String(value))
    ? undefined
    : `"${name}" ("${String(value)}") must be in the format HH:mm (RFC3339)`;

export const iamMember: Check = (value, name) => {
  if (String(value).startsWith("deleted"))
    return `invalid value for ${name} (Terraform does not support IAM members for deleted principals)`;
  return /(.+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers)/.test(
    String(value),
  )
    ? undefined
    : `invalid value "${String(value)}" for ${name} (IAM members must have one of the values outlined here: https://cloud.google.com/billing/docs/reference/rest/v1/Policy#Binding)`;
};

export const clusterName: Check = (value, name) => {
  const given = String(value);
  if (given.length > 40) return `"${name}" cannot be longer than 40 characters`;
  if (!/^[a-z0-9-]+$/.test(given)) return `"${name}" can only contain lowercase letters, numbers and hyphens`;
  if (!/^[a-z]/.test(given)) return `"${name}" must start with a letter`;
  return /[a-z0-9]$/.test(given) ? undefined : `"${name}" must end with a number or a letter`;
};

/** References mean the same when their last parts do: a name, a relative name, a self link of any version. */
export function sameReference(a: Scalar, b: Scalar): boolean {
  const last = (value: Scalar) => String(value).split("/").at(-1);
  const isPlain = (value: Scalar) => !String(value).includes("/");
  const path = (value: Scalar) => /projects\/.*/.exec(String(value))?.[0];
  return isPlain(a) || isPlain(b) ? last(a) === last(b) : path(a) === path(b);
}

export const sameIgnoringCase = (a: Scalar, b: Scalar) => String(a).toLowerCase() === String(b).toLowerCase();
