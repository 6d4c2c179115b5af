/** The key by which a value on its way to the engine is marked as a secret. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** What stands for a value that is not known in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** `type::name` of a URN, without the types of the parents. */
export function nameOf(urn: string): string | undefined {
  const [type, name] = urn.split("::").slice(-2);
  return name ? `${type?.split("$").at(-1)}::${name}` : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export function holdsSecret(value: unknown): boolean {
  return isObject(value) && (SECRET in value || Object.values(value).some(holdsSecret));
}

/** The value without its marks. */
export function reveal(value: unknown): unknown {
  return rewrite(value, reveal);
}

/** The value as anybody may read it. */
export function hide(value: unknown): unknown {
  return rewrite(value, () => "[secret]");
}

function rewrite(value: unknown, secret: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => rewrite(item, secret));
  }
  if (!isObject(value)) {
    return value;
  }
  if (SECRET in value && "value" in value) {
    return secret(value.value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewrite(inner, secret)]));
}
