/** Another value for a field, and words for it. */
export interface Try {
  how: string;
  /** Undefined: the field is taken away. */
  value: unknown;
}

const RANGE = /^[\d.]+\/\d+$|^[\da-f:]+\/\d+$/i;
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const HUGE = 1_000_000;

/**
 * What may become of a value by mistake, by its kind: taken away, emptied, switched over, another word, a number that is off by
 * one, none or huge, a range that is the world or half of it.
 */
export function candidates(value: unknown): Try[] {
  return value === undefined ? [] : [undefined, ...others(value)].map(said);
}

function others(value: unknown): unknown[] {
  if (typeof value === "boolean") {
    return [!value];
  }
  if (typeof value === "number") {
    return [0, -1, value - 1, value + 1, HUGE];
  }
  if (typeof value === "string") {
    return ["", ...words(value)];
  }
  if (Array.isArray(value)) {
    return [[], ...lists(value)];
  }
  return [{}];
}

function words(value: string): string[] {
  if (RANGE.test(value)) {
    return ["0.0.0.0/0", "::/0", "0.0.0.0/1", "garbage"];
  }
  if (ADDRESS.test(value)) {
    return ["garbage", "203.0.113"];
  }
  return value === "true" || value === "false" ? [value === "true" ? "false" : "true"] : ["garbage"];
}

function lists(value: unknown[]): unknown[] {
  const ranges = value.every((entry) => typeof entry === "string" && RANGE.test(entry));
  return ranges ? [["0.0.0.0/0"], [...value, "0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"]] : [];
}

/** A value, in words of its own. */
export function said(value: unknown): Try {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return { how: `is ${text.length > 80 ? `${text.slice(0, 77)}..` : text}`, value };
}
