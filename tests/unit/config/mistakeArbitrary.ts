import fc from "fast-check";
import { label, type Written } from "./meshArbitrary";

/** Stands in every secret that the generated configurations hold. */
export const SECRET = "hush";

const secrets = [
  `apiVersion: v1\nusers:\n- user: { token: ${SECRET} }\n`,
  `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
  `-----BEGIN PRIVATE KEY----- ${SECRET} -----END PRIVATE KEY-----`,
  `https://admin:${SECRET}@10.0.0.2`,
  `http://admin:${SECRET}@jaeger.observability:9411/api`,
  `token: ${SECRET}`,
  `{"password": "${SECRET}"}`,
  `client-key-data=${SECRET}`,
  `eyJhbGciOiJSUzI1NiJ9.${SECRET}.x`,
];

/** What hands type, and what copying and editors leave behind. */
const typed = fc.constantFrom<unknown>(
  ...[
    "",
    " ",
    "-",
    "5",
    "true",
    "1e3",
    "0x10",
    "1.30",
    "~",
    "null",
    "NaN",
    "10.0.0.0/8",
    "10.0.0.0/33",
    "10.0.0.1/8",
  ],
  ...[
    "10.0.0.0",
    "::1/64",
    "us-east1",
    "us-east1-b",
    "US-EAST1",
    "a".repeat(64),
    "a".repeat(300),
    "münchen",
    "東京",
    "🚀",
  ],
  ...[
    "\u202egnp",
    "a\u0000b",
    "a\nb",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "root",
    "a-for-b",
    "default",
  ],
  ...[0, -1, 1, 1.5, 1e308, 2 ** 53, true, false, null],
  ...[[], {}, [null], [[]], ["a", "a"], { "": "" }, { existing: {} }, { ranges: {} }],
);

/** Anything that JSON can say. */
const json = fc.jsonValue({ maxDepth: 3 });

export const junk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: typed },
  { weight: 2, arbitrary: fc.constantFrom(...secrets) },
  { weight: 2, arbitrary: json },
  { weight: 1, arbitrary: label(70) },
);

export type Change = { at: number; other: number } & (
  { kind: "replace" | "insert"; value: unknown } | { kind: "remove" | "quote" | "copy" | "misspell" }
);

const place = { at: fc.nat(), other: fc.nat() };

/** One thing that a person does to a configuration. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ ...place, kind: fc.constantFrom("replace" as const, "insert" as const), value: junk }),
  fc.record({
    ...place,
    kind: fc.constantFrom("remove" as const, "quote" as const, "copy" as const, "misspell" as const),
  }),
);

interface Slot {
  holder: Record<string, unknown> | unknown[];
  key: string;
}

/** Every place of the configuration that holds a value, from the outside to the inside. */
function slotsOf(holder: unknown): Slot[] {
  if (typeof holder !== "object" || holder === null) return [];
  return Object.keys(holder).flatMap((key) => [
    { holder: holder as Slot["holder"], key },
    ...slotsOf((holder as Record<string, unknown>)[key]),
  ]);
}

function write({ holder, key }: Slot, value: unknown): void {
  // Not an assignment: the key may be `__proto__`.
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function read({ holder, key }: Slot): unknown {
  return (holder as Record<string, unknown>)[key];
}

/** A copy of the configuration after these changes. */
export function changed(config: Written, changes: readonly Change[]): Written {
  const copy = structuredClone(config);
  for (const one of changes) {
    const { kubeconfigs, ...editable } = copy;
    const slots = slotsOf(editable);
    const slot = slots[one.at % slots.length] as Slot;
    const other = slots[one.other % slots.length] as Slot;
    // Of `editable` itself only the values may change: its keys are the test's.
    const top = slot.holder === editable;
    if (one.kind === "replace") {
      write(slot, structuredClone(one.value));
    } else if (one.kind === "quote") {
      const value = read(slot);
      write(slot, typeof value === "number" || typeof value === "boolean" ? `${value}` : value);
    } else if (one.kind === "copy") {
      write(slot, structuredClone(read(other)));
    } else if (one.kind === "remove") {
      if (Array.isArray(slot.holder)) slot.holder.splice(Number(slot.key), 1);
      else if (!top) delete slot.holder[slot.key];
    } else if (!top && !Array.isArray(slot.holder)) {
      const value = read(slot);
      const key = one.kind === "insert" ? String(one.value) : `${slot.key.slice(1)}${slot.key.slice(0, 1)}`;
      if (one.kind === "misspell") delete slot.holder[slot.key];
      write({ holder: slot.holder, key }, value);
    }
    Object.assign(copy, editable, { kubeconfigs });
  }
  return copy;
}
