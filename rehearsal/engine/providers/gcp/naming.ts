import { randomBytes } from "node:crypto";
import type { CheckRequest } from "../base";
import type { Properties, Value } from "../values";
import type { ResourceType } from "./schema";

function suffix(seed: Uint8Array): string {
  const bytes = seed.length >= 4 ? Buffer.from(seed) : randomBytes(4);
  return bytes.toString("hex").slice(0, 7);
}

/**
 * Gives a name to a resource whose name was left out: the old one where there is one, else `<logical>-<7 hex>`.
 * `__defaults` lists what nobody asked for, as the bridge keeps it in state.
 */
export function withName(type: ResourceType, request: CheckRequest, inputs: Properties): Properties {
  const naming = type.autoname;
  const given = naming && inputs[naming.property];
  if (!naming || (given !== undefined && given !== null)) return inputs;
  const old = request.olds[naming.property];
  const generated =
    Array.isArray(request.olds.__defaults) && request.olds.__defaults.includes(naming.property);
  return { ...inputs, [naming.property]: generated && old ? old : newName(naming, request) };
}

function newName(naming: NonNullable<ResourceType["autoname"]>, request: CheckRequest): Value {
  if (request.autonaming?.mode === "disable") return undefined;
  if (request.autonaming?.proposedName) return request.autonaming.proposedName;
  const base = request.name.slice(0, naming.max - 8);
  const name = `${base}-${suffix(request.randomSeed)}`;
  return naming.lowerCase ? name.toLowerCase() : name;
}
