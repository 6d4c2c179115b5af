import { at, objectAt } from "./values";

export const SECRET = "kubernetes:core/v1:Secret";

/** Keys of a Secret, in whichever of the two fields they stand. */
export function keysOf(props: unknown): string[] {
  return ["data", "stringData"].flatMap((field) => Object.keys(objectAt(props, field)));
}

/** A Secret's value as text; undefined where there is none. */
export function textOf(props: unknown, key: string): string | undefined {
  const plain = at(props, "stringData", key);
  const encoded = at(props, "data", key);
  if (typeof plain === "string") {
    return plain;
  }
  return typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : undefined;
}
