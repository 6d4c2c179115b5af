import { createHash, randomBytes } from "node:crypto";
import { isUnknown } from "../values";
import { annotatedTrue, annotation, at, nameOf, withMember, type KubeObject } from "./object";

export interface NameChoice {
  logicalName: string;
  /** Same bytes, same name; random when empty. */
  seed: Uint8Array;
  autonaming?: { proposedName: string; mode: "propose" | "enforce" | "disable" };
}

/** Eight hex digits after a prefix. */
export function uniqueName(prefix: string, seed: Uint8Array = new Uint8Array()): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).update(prefix).digest() : randomBytes(4);
  return prefix + bytes.toString("hex").slice(0, 8);
}

/** A name that is not known yet is a name. */
export function isNamed(object: KubeObject): boolean {
  return isUnknown(object.metadata) || isUnknown(at(object, "metadata", "name")) || nameOf(object).length > 0;
}

export function isAutonamed(object: KubeObject): boolean {
  return annotatedTrue(object, annotation.autonamed);
}

export function usesGenerateName(object: KubeObject): boolean {
  return !isNamed(object) && !!at(object, "metadata", "generateName");
}

/** Gives a new object its name. @throws Error when it has none and autonaming is off. */
export function assignName(object: KubeObject, choice: NameChoice): KubeObject {
  if (isNamed(object) || usesGenerateName(object)) {
    return object;
  }
  if (choice.autonaming?.mode === "disable") {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  const name = choice.autonaming?.proposedName || uniqueName(`${choice.logicalName}-`, choice.seed);
  return autonamed(object, name);
}

/** An object that was autonamed keeps its name for as long as the program gives it none. */
export function adoptName(object: KubeObject, old: KubeObject): KubeObject {
  return !isNamed(object) && isAutonamed(old) ? autonamed(object, nameOf(old)) : object;
}

function autonamed(object: KubeObject, name: string): KubeObject {
  const named = withMember(object, ["metadata", "name"], name);
  return withMember(named, ["metadata", "annotations", annotation.autonamed], "true");
}
