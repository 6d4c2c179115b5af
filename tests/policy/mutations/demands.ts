import type { Key } from "./paths";
import { read } from "./paths";

/** A text of this form. */
export function named(form: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && form.test(value);
}

/** One range of addresses that is not the world, nor a large part of it. */
export function narrow(value: unknown): boolean {
  const [, length] = /^\d+\.\d+\.\d+\.\d+\/(\d+)$/.exec(typeof value === "string" ? value : "") ?? [];
  return length !== undefined && Number(length) >= 8;
}

/** At least one range, and none that is too wide. */
export function narrowList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(narrow);
}

/** Something, and not an empty list, object or text. */
export function filled(value: unknown): boolean {
  return value !== undefined && !["{}", "[]", '""'].includes(JSON.stringify(value));
}

export function numberAt(value: unknown, ...path: Key[]): number {
  const found = read(value, path);
  return typeof found === "number" ? found : NaN;
}
