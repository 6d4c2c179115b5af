import { candidates, said, type Try } from "./candidates";
import { type Config, type Resource, UNKNOWN } from "../harness";
import { expand, type Key, read, show, write } from "./paths";

export type Props = Record<string, unknown>;

/**
 * A field that has to be as it is, in words of its own and not in those of a rule: what may stand there, and which rule
 * refuses everything else. Mutants are made from it for each place in the real program's resources that it matches.
 */
export interface Protected {
  rule: string;
  /** Type tokens. */
  types: string[];
  /** Which of these resources. Default: all. */
  where?: (resource: Resource) => boolean;
  /** Path with `[*]` for every element or key, `[name=x]` for some. Empty: the resource itself, which must be there. */
  path: string;
  /** Whether a value may stand there; `props` are those of the mutant. */
  must: (value: unknown, props: Props) => boolean;
  /** More values to try than those that the value's kind suggests. */
  tries?: unknown[] | ((value: unknown, resource: Resource, all: Resource[]) => Try[]);
  /** Only these are tried: all words that the API takes, and undefined where the field may be missing. */
  oneOf?: unknown[];
  /** Other rules that rightly speak of this field too. */
  also?: string[];
  /** The rule's parameters, where it says nothing without. */
  config?: Config;
  /** Tried where all clusters are in one stack, for what only two of them together can break. */
  across?: boolean;
}

/** One broken field of one resource. */
export interface Mutant {
  stack: string;
  /** The whole stack, in which one resource is changed or missing. */
  resources: Resource[];
  /** The resource as it was. */
  original: Resource;
  /** The changed one; undefined when it was taken away. */
  mutated?: Resource;
  path: Key[];
  /** What was done, such as `spec.type is missing`. */
  title: string;
  field: Protected;
  /** Whether the field may not be like this. Otherwise no rule may say anything. */
  violates: boolean;
}

/** A resource of which one field is not known yet. */
export type Unknown = Omit<Mutant, "violates">;

/** Every change of every protected field of the stacks, and of one stack that has all that they have. */
export function mutantsOf(stacks: Record<string, Resource[]>, fields: Protected[]): Mutant[] {
  const both = Object.values(stacks).flat();
  return placesOf(stacks, fields).flatMap((place) =>
    place.path.length === 0
      ? [withoutResource(place)]
      : triesOf(place, both).map((attempt) => judged(place, attempt)),
  );
}

function judged(place: Place, attempt: Try): Mutant {
  const mutant = mutantOf(place, attempt);
  return { ...mutant, violates: !place.field.must(attempt.value, mutant.mutated?.props ?? {}) };
}

/** Every protected field while its value is not known yet. */
export function unknownsOf(stacks: Record<string, Resource[]>, fields: Protected[]): Unknown[] {
  return placesOf(stacks, fields)
    .filter(({ path }) => path.length > 0)
    .map((place) => mutantOf(place, { how: "is unknown", value: UNKNOWN }));
}

/** Where a protected field stands. */
type Place = Pick<Mutant, "stack" | "resources" | "original" | "path" | "field">;

function placesOf(stacks: Record<string, Resource[]>, fields: Protected[]): Place[] {
  const both = Object.values(stacks).flat();
  return [...Object.entries(stacks), ["both in one", both] as const].flatMap(([stack, resources]) =>
    fields
      .filter(({ across = false }) => across === (resources === both))
      .flatMap((field) =>
        resources
          .filter((resource) => field.types.includes(resource.type) && (field.where?.(resource) ?? true))
          .flatMap((original) =>
            expand(field.path, original.props).map((path) => ({ stack, resources, original, path, field })),
          ),
      ),
  );
}

function mutantOf(place: Place, { how, value }: Try): Unknown {
  const { stack, resources, original, path } = place;
  const mutated = { ...original, props: write(original.props, path, value) };
  return {
    ...place,
    resources: resources.map((resource) => (resource === original ? mutated : resource)),
    mutated,
    title: `${stack}: ${original.type}::${original.name} ${show(path)} ${how}`,
  };
}

function withoutResource(place: Place): Mutant {
  const { stack, resources, original, field } = place;
  return {
    ...place,
    resources: resources.filter((resource) => resource !== original),
    title: `${stack}: ${original.type}::${original.name} is missing`,
    violates: !field.must(undefined, original.props),
  };
}

function triesOf({ field, original, path }: Place, all: Resource[]): Try[] {
  const { tries = [], oneOf } = field;
  const value = read(original.props, path);
  const more = typeof tries === "function" ? tries(value, original, all) : tries.map(said);
  const kinds = oneOf ? oneOf.map(said) : candidates(value);
  const seen = new Set([JSON.stringify(value)]);
  return [...kinds, ...more].filter((attempt) => {
    const text = JSON.stringify(attempt.value);
    const fresh = !seen.has(text);
    seen.add(text);
    return fresh;
  });
}
