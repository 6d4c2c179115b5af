import type { Fields } from "../../verify/objects";

export { at, isObject, listAt, numberAt, objectAt, textAt, textsAt } from "../../verify/objects";

/** A resource as @pulumi/gcp shows it: camelCase names, single blocks as objects. */
export type Properties = Fields;
