import { randomBytes, randomInt as integerBelow, randomUUID } from "node:crypto";
import type { Argument, StateResource } from "../stateResource";
import { isUnknown } from "../values";
import { checkText, randomText } from "./text";

const keepers: Argument = { type: "map" };

const textArguments: Record<string, Argument> = {
  keepers,
  length: { type: "number", required: true, atLeast: 1 },
  lower: { type: "boolean", default: true },
  upper: { type: "boolean", default: true },
  numeric: { type: "boolean", default: true },
  /** The former name of `numeric`. */
  number: { type: "boolean", default: true },
  special: { type: "boolean", default: true },
  minLower: { type: "number", default: 0, atLeast: 0 },
  minUpper: { type: "number", default: 0, atLeast: 0 },
  minNumeric: { type: "number", default: 0, atLeast: 0 },
  minSpecial: { type: "number", default: 0, atLeast: 0 },
  overrideSpecial: { type: "string" },
};

export const randomString: StateResource = {
  arguments: textArguments,
  computed: ["result"],
  validate: checkText,
  create(inputs) {
    const result = randomText(inputs);
    return { id: result, outputs: { result } };
  },
};

/** Without `bcryptHash`, which nothing here needs. */
export const randomPassword: StateResource = {
  ...randomString,
  create: (inputs) => ({ id: "none", outputs: { result: randomText(inputs) } }),
};

export const randomId: StateResource = {
  arguments: {
    keepers,
    byteLength: { type: "number", required: true, atLeast: 1 },
    prefix: { type: "string" },
  },
  computed: ["b64Std", "b64Url", "dec", "hex"],
  create(inputs) {
    const bytes = randomBytes(inputs.byteLength as number);
    const prefix = typeof inputs.prefix === "string" ? inputs.prefix : "";
    const hex = bytes.toString("hex");
    const id = bytes.toString("base64url");
    return {
      id,
      outputs: {
        b64Url: prefix + id,
        b64Std: prefix + bytes.toString("base64"),
        hex: prefix + hex,
        dec: prefix + BigInt(`0x${hex}`).toString(),
      },
    };
  },
};

export const randomInteger: StateResource = {
  arguments: {
    keepers,
    min: { type: "number", required: true },
    max: { type: "number", required: true },
    seed: { type: "string", unsupported: "A seed is not played by the rehearsal: leave it out." },
  },
  computed: ["result"],
  validate({ min, max }) {
    if (isUnknown(min) || isUnknown(max) || (min as number) <= (max as number)) return [];
    return [
      { property: "min", reason: "The minimum value needs to be smaller than or equal to maximum value." },
    ];
  },
  create({ min, max }) {
    const result = integerBelow(min as number, (max as number) + 1);
    return { id: String(result), outputs: { result } };
  },
};

export const randomUuid: StateResource = {
  arguments: { keepers },
  computed: ["result"],
  create() {
    const result = randomUUID();
    return { id: result, outputs: { result } };
  },
};
