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

/** An IPv4 range. Whether it is one is checked with its arithmetic (ranges.ts). */
export function cidr(example: string) {
  return z.string({ error: `write an IPv4 range such as ${example}` });
}

/** A DNS label as in RFC 1035, which Google's resources and Kubernetes' Services ask for. */
export function label(example: string, maxLength = 63) {
  const write = `a name such as ${example}: lower-case letters, digits and hyphens, first a letter, at most ${maxLength} characters`;
  return text(write, new RegExp(`^[a-z]([-a-z0-9]{0,${maxLength - 2}}[a-z0-9])?$`));
}

/** At least two labels, the last one not of digits only. https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 */
export const DOMAIN_NAME =
  /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])$/;

/** A host name of at least two labels. */
export function domainName(example: string) {
  return text(`a domain name such as ${example}, without a dot at its end`, DOMAIN_NAME);
}

const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration as Istio reads it: whole milliseconds, at least one (istio/istio, `pkg/config/validation`), at most a day. */
export function duration(example: string) {
  const error = `write a duration from 1ms to 24h, such as ${example}`;
  return z.string({ error }).refine(
    (written) => {
      const parts = [...written.matchAll(/([0-9]{1,9}(?:\.[0-9]{1,3})?)(h|ms|m|s)/g)];
      const length = parts.reduce(
        (sum, [, count, unit = ""]) => sum + Number(count) * (MILLISECONDS[unit] ?? NaN),
        0,
      );
      const isRead = parts.map(([part]) => part).join("") === written;
      return isRead && Number.isInteger(length) && length >= 1 && length <= 24 * 3_600_000;
    },
    { error },
  );
}
