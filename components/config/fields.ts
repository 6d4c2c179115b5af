import { z } from "zod";

// Every `error` here reads on from "<field> = <value>: " and says what to write instead.

/** A string, matched by `pattern` where one is given. */
export function text(write: string, pattern?: RegExp) {
  const error = `write ${write}`;
  const string = z.string({ error });
  return pattern ? string.regex(pattern, { error }) : string.min(1, { error });
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number, unit?: string) {
  const error = `write a whole number${unit ? ` of ${unit}` : ""} from ${min} to ${max}, without quotes`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number within bounds, both included. */
export function decimal(min: number, max: number, unit: string) {
  const error = `write a number of ${unit} from ${min} to ${max}, without quotes`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A switch. */
export function flag() {
  return z.boolean({ error: "write true or false, without quotes" });
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `write ${words.length > 1 ? "one of " : ""}${words.join(", ")}` });
}

/** An IPv4 range, whose arithmetic is checked with the other ranges (ranges.ts). */
export function cidr(example: string) {
  return text(`an IPv4 range such as ${example}`);
}

/** A DNS label as in RFC 1035, which Google's resources and Kubernetes' Services ask for. */
export function label(example: string, maxLength = 63) {
  const write = `a name such as ${example}: lower-case letters, digits and hyphens, first a letter, at most ${maxLength} characters`;
  return text(write, new RegExp(`^[a-z]([-a-z0-9]{0,${maxLength - 2}}[a-z0-9])?$`));
}

/** A host name of at least two labels. */
export function domainName(example: string) {
  return text(
    `a domain name such as ${example}, without a dot at its end`,
    /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])$/,
  );
}

/** A duration as Istio reads it. */
export function duration(example: string) {
  return text(`a duration such as ${example}`, /^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$/);
}
