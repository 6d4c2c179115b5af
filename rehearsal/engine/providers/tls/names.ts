import type { CheckFailure } from "../base";
import { isObject, isUnknown, type Properties, type Value } from "../values";
import * as der from "./der";

/** Members of a subject in the order in which Go writes them, with their attribute types (RFC 5280, A.1). */
const attributes: Record<string, string> = {
  country: "2.5.4.6",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  locality: "2.5.4.7",
  province: "2.5.4.8",
  streetAddresses: "2.5.4.9",
  postalCode: "2.5.4.17",
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  emailAddress: "1.2.840.113549.1.9.1",
};

/** A name with nothing in it. */
export const emptyName = der.sequence();

export function checkSubject(subject: Value): CheckFailure[] {
  if (!isObject(subject)) return [];
  return Object.entries(subject).flatMap(([name, value]) => {
    const property = `subject.${name}`;
    if (!(name in attributes)) {
      return [{ property, reason: `An argument named "${name}" is not expected here.` }];
    }
    const fits = name === "streetAddresses" ? Array.isArray(value) : typeof value === "string";
    return value === undefined || isUnknown(value) || fits
      ? []
      : [{ property, reason: `Incorrect attribute value type: ${property}.` }];
  });
}

/** A subject as DER; values of an attribute with several stand in one set. */
export function encodeName(subject: Properties | undefined): Buffer {
  return der.sequence(
    ...Object.entries(attributes).flatMap(([member, type]) => {
      const value = subject?.[member];
      const values = (Array.isArray(value) ? value : [value]).filter(
        (v) => typeof v === "string" && v !== "",
      );
      if (values.length === 0) return [];
      const encoded = (values as string[]).map((v) =>
        der.sequence(
          der.oid(type),
          member === "emailAddress" ? der.encode(der.Tag.ia5String, Buffer.from(v, "latin1")) : der.text(v),
        ),
      );
      return [der.set(...encoded.sort((a, b) => a.compare(b)))];
    }),
  );
}
