import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Property values as a provider sees them: plain JavaScript, with two markers of our own.
 *
 * - {@link Secret} wraps a value that the engine must encrypt in state and hide in output. A provider with
 *   `acceptSecrets: false` never receives one, but may always return one.
 * - {@link UNKNOWN} stands for a value that is not known yet (in preview only).
 *
 * Wire format: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 */
export type Value = null | undefined | boolean | number | string | Secret | Unknown | Value[] | Properties;

/** A resource's inputs or outputs. `undefined` members are left out on the wire. */
export interface Properties {
  [name: string]: Value;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSETS = ["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"];
/** Unknown bool, number, string, array, asset, archive and object: the engine sends the first or the third for most. */
const UNKNOWNS = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that must not be readable in state or output. */
export class Secret {
  constructor(readonly value: Value) {}
}

class Unknown {
  /** Makes the type nominal: anything has a `toString`. */
  protected readonly unknown = true;
  toString(): string {
    return "<unknown>";
  }
}
export type { Unknown };

/** The value that is not known yet. Compare with {@link isUnknown}. */
export const UNKNOWN: Unknown = new Unknown();

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

export function isSecret(value: unknown): value is Secret {
  return value instanceof Secret;
}

/** Wraps a value as a secret, once. */
export function secret(value: Value): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

/** A map: neither null, an array, a secret nor an unknown. */
export function isObject(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

function isList(value: Value): value is Value[] {
  return Array.isArray(value);
}

/** A copy without any secret wrappers, at any depth; unknowns stay. */
export function plain<T extends Value>(value: T): Exclude<T, Secret>;
export function plain(value: Value): Value {
  if (value instanceof Secret) return plain(value.value);
  return mapMembers(value, (member) => plain(member));
}

/** Whether the value is, or holds at any depth, something that is not known yet. */
export function hasUnknown(value: Value): boolean {
  return some(value, isUnknown);
}

/** Whether the value is, or holds at any depth, a secret. */
export function hasSecret(value: Value): boolean {
  return some(value, isSecret);
}

/**
 * A copy of `to` in which everything is secret that is secret at the same place in `from`.
 * For a provider that accepts secrets and builds its outputs from plain values.
 */
export function copySecrets(from: Value, to: Value): Value {
  if (from instanceof Secret) return secret(plain(to));
  if (to instanceof Secret) return to;
  if (isList(from) && isList(to)) {
    return to.map((member, i) => copySecrets(from[i], member));
  }
  if (isObject(from) && isObject(to)) {
    return Object.fromEntries(Object.entries(to).map(([name, v]) => [name, copySecrets(from[name], v)]));
  }
  return to;
}

/** Deep equality of two values; secretness does not count, an unknown equals nothing, a missing member equals `undefined`. */
export function equal(a: Value, b: Value): boolean {
  if (a instanceof Secret) return equal(a.value, b);
  if (b instanceof Secret) return equal(a, b.value);
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((member, i) => equal(member, b[i]));
  }
  if (isObject(a)) {
    if (!isObject(b)) return false;
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => equal(a[name], b[name]));
  }
  return a === b;
}

/**
 * A provider's own argument (`checkConfig`, `configure`): the SDK sends everything that is not a string as JSON text,
 * so `true` arrives as `"true"`. Gives the value back; a string that is not JSON of a boolean, number, list or map
 * stays a string.
 */
export function configValue(value: Value): Value {
  const bare = plain(value);
  if (typeof bare !== "string" || !/^\s*(true|false|null|-?\d|\[|\{)/.test(bare)) return bare;
  try {
    return JSON.parse(bare) as Value;
  } catch {
    return bare;
  }
}

/** Wire to values. A missing struct is an empty map. @throws on assets and archives, which no stand-in takes. */
export function unmarshal(struct: Struct | undefined): Properties {
  return struct ? (fromWire(struct.toJavaScript()) as Properties) : {};
}

/** Values to wire. */
export function marshal(properties: Properties): Struct {
  return Struct.fromJavaScript(toWire(properties) as Record<string, JavaScriptValue>);
}

function fromWire(value: JavaScriptValue): Value {
  if (typeof value === "string") return UNKNOWNS.has(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, JavaScriptValue>;
  const signature = object[SIGNATURE];
  if (signature === SECRET) return secret(fromWire(object.value ?? null));
  if (signature === OUTPUT_VALUE) {
    const inner = "value" in object ? fromWire(object.value ?? null) : UNKNOWN;
    return object.secret === true ? secret(inner) : inner;
  }
  if (typeof signature === "string" && ASSETS.includes(signature)) {
    throw new Error("Assets and archives are not supported by the rehearsal's providers; use a string.");
  }
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, fromWire(member)]));
}

function toWire(value: Value): unknown {
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: toWire(value.value ?? null) };
  if (value instanceof Unknown) return UNKNOWN_ON_THE_WIRE;
  if (isList(value)) return value.map((member) => toWire(member ?? null));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, toWire(member)]),
  );
}

function mapMembers(value: Value, map: (member: Value) => Value): Value {
  if (isList(value)) return value.map(map);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}

function some(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (isList(value)) return value.some((member) => some(member, test));
  return isObject(value) && Object.values(value).some((member) => some(member, test));
}
