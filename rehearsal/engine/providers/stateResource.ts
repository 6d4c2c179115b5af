import {
  NotSupportedError,
  type CheckFailure,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type DiffKind,
  type DiffRequest,
  type DiffResult,
  type Provider,
} from "./base";
import { equal, hasUnknown, isObject, isUnknown, UNKNOWN, type Properties, type Value } from "./values";

/** What a Terraform schema says about one argument, under its Pulumi name. */
export interface Argument {
  type: "string" | "number" | "boolean" | "strings" | "map";
  required?: boolean;
  /** Shows in the outputs, not in the inputs. */
  default?: Value;
  /** Allowed values; of every member for a list. */
  oneOf?: readonly string[];
  /** Smallest value of a number. */
  atLeast?: number;
  /** Changes in place instead of replacing the resource. */
  inPlace?: boolean;
  /** Why the stand-in refuses the argument although the real provider takes it. */
  unsupported?: string;
}

/** A resource that exists nowhere but in Pulumi's state: made once, replaced when an argument changes. */
export interface StateResource {
  arguments: Readonly<Record<string, Argument>>;
  /** Names of the outputs that are unknown in the preview of a create. */
  computed: readonly string[];
  /** Further checks, on inputs that passed those above; unknown values may occur. */
  validate?(inputs: Properties): CheckFailure[];
  /** Makes it from inputs with defaults filled in; outputs are merged over them. */
  create(inputs: Properties, request: CreateRequest): { id: string; outputs: Properties };
  /** Outputs that depend on the time, for a refresh. */
  refresh?(outputs: Properties): Properties;
  /** An output whose state forces a replacement although no argument changed. */
  expired?(outputs: Properties): string | undefined;
}

/** A bridged provider (no secrets on the wire, see {@link Provider.acceptSecrets}) of such resources, by type token. */
export function stateProvider(
  name: string,
  version: string,
  resources: Readonly<Record<string, StateResource>>,
): Provider {
  const of = (type: string) => {
    const resource = resources[type];
    if (!resource) throw new NotSupportedError(name, `resource ${type}`);
    return resource;
  };
  // Nothing here waits: async, so that what is thrown becomes a rejection.
  /* eslint-disable @typescript-eslint/require-await */
  return {
    name,
    version,
    acceptSecrets: false,
    check: async (request) => check(of(request.type), request),
    diff: async (request) => diff(of(request.type), request),
    create: async (request) => {
      const resource = of(request.type);
      const planned = withDefaults(resource, request.inputs);
      if (request.preview) {
        const unknowns = Object.fromEntries(resource.computed.map((output) => [output, UNKNOWN]));
        return { id: "", outputs: { ...planned, ...unknowns } };
      }
      const { id, outputs } = resource.create(planned, request);
      return { id, outputs: { ...planned, ...outputs } };
    },
    read: async ({ type, id, inputs, outputs }) => {
      if (Object.keys(outputs).length === 0) throw new NotSupportedError(name, `way to import ${type}`);
      return { id, inputs, outputs: { ...outputs, ...of(type).refresh?.(outputs) } };
    },
    update: async ({ type, olds, news }) => ({ ...olds, ...withDefaults(of(type), news) }),
    delete: async () => {},
  };
  /* eslint-enable */
}

function check(resource: StateResource, { news, type }: CheckRequest): CheckResult {
  const args = resource.arguments;
  const failures: CheckFailure[] = [];
  for (const [name, value] of Object.entries(news)) {
    if (value === undefined || value === null) continue;
    const argument = args[name];
    if (argument) failures.push(...checkArgument(name, argument, value));
    else failures.push({ property: name, reason: `An argument named "${name}" is not expected by ${type}.` });
  }
  for (const [name, argument] of Object.entries(args)) {
    if (argument.required && (news[name] === undefined || news[name] === null)) {
      const what = `The argument "${snakeCase(name)}" is required, but no definition was found`;
      failures.push({ property: name, reason: `Missing required argument. ${what}.` });
    }
  }
  return { inputs: news, failures: failures.length > 0 ? failures : (resource.validate?.(news) ?? []) };
}

function checkArgument(name: string, argument: Argument, value: Value): CheckFailure[] {
  if (argument.unsupported) return [{ property: name, reason: argument.unsupported }];
  if (isUnknown(value)) return [];
  if (!hasType(argument.type, value)) {
    return [{ property: name, reason: `Incorrect attribute value type: ${name} must be ${argument.type}.` }];
  }
  const { atLeast, oneOf } = argument;
  if (typeof value === "number" && atLeast !== undefined && value < atLeast) {
    const rule = `Attribute ${snakeCase(name)} value must be at least ${atLeast}`;
    return [{ property: name, reason: `Invalid Attribute Value. ${rule}, got: ${value}.` }];
  }
  if (!oneOf) return [];
  const members: Value[] = Array.isArray(value) ? value : [value];
  return members.flatMap((member, i) => {
    if (typeof member !== "string" || oneOf.includes(member)) return [];
    const at = Array.isArray(value) ? `[${i}]` : "";
    const list = oneOf.map((allowed) => `"${allowed}"`).join(" ");
    const rule = `Attribute ${snakeCase(name)}${at} value must be one of: [${list}], got: "${member}"`;
    return [{ property: `${name}${at}`, reason: `Invalid Attribute Value Match. ${rule}.` }];
  });
}

function hasType(type: Argument["type"], value: Value): boolean {
  if (type === "strings") {
    return Array.isArray(value) && value.every((member) => typeof member === "string" || isUnknown(member));
  }
  return type === "map" ? isObject(value) : typeof value === type;
}

function diff(resource: StateResource, { olds, oldInputs, news }: DiffRequest): DiffResult {
  const detailedDiff: Record<string, DiffKind | { kind: DiffKind; inputDiff: boolean }> = {};
  for (const [name, argument] of Object.entries(resource.arguments)) {
    const before = oldInputs[name] ?? argument.default;
    const after = news[name] ?? argument.default;
    if (!hasUnknown(after) && equal(before, after)) continue;
    const kind = oldInputs[name] === undefined ? "add" : news[name] === undefined ? "delete" : "update";
    detailedDiff[name] = argument.inPlace ? kind : `${kind}-replace`;
  }
  const expired = resource.expired?.({ ...olds, ...withDefaults(resource, news) });
  if (expired) detailedDiff[expired] = { kind: "update-replace", inputDiff: false };
  return { detailedDiff };
}

function withDefaults(resource: StateResource, inputs: Properties): Properties {
  const defaults = Object.entries(resource.arguments)
    .filter(([, argument]) => argument.default !== undefined)
    .map(([name, argument]) => [name, argument.default] as const);
  const given = Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries([...defaults, ...given]);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
