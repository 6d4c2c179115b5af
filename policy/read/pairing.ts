import { isUnknownValue, type Props, type Subject } from "../rule";
import { at, listAt, objectAt } from "./values";

/**
 * Objects of a stack by cluster and key, for rules that look for what belongs to a resource. It is built once, and a look-up
 * costs what stands under its keys.
 */
export class Index<T> {
  private readonly items = new Map<string, T[]>();
  /** By cluster: why the key of one of its objects could not be told. */
  private readonly unknown = new Map<string, Error>();

  /** @param key may read values that are not known yet */
  add(cluster: string, item: T, key: () => string): void {
    try {
      const place = `${cluster} ${key()}`;
      const others = this.items.get(place);
      if (others) {
        others.push(item);
      } else {
        this.items.set(place, [item]);
      }
    } catch (error) {
      this.unknown.set(cluster, unknownValue(error));
    }
  }

  /**
   * All under these keys that fit.
   *
   * @throws the SDK's error when none fits, and one of the cluster's objects is not known well enough to tell.
   */
  find(cluster: string, keys: string[], fits: (item: T) => boolean): T[] {
    let unknown = this.unknown.get(cluster);
    const found = keys
      .flatMap((key) => this.items.get(`${cluster} ${key}`) ?? [])
      .filter((item) => {
        try {
          return fits(item);
        } catch (error) {
          unknown = unknownValue(error);
          return false;
        }
      });
    if (found.length === 0 && unknown) {
      throw unknown;
    }
    return found;
  }
}

function unknownValue(error: unknown): Error {
  if (isUnknownValue(error)) {
    return error;
  }
  throw error;
}

/** Objects of one cluster come from one provider. */
export function clusterOf({ provider }: Subject): string {
  return provider ?? "";
}

export function namespaceOf(props: unknown): string {
  return textOr(at(props, "metadata", "namespace"), "default");
}

export function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

/** The key of an object that selects pods of a namespace. Pods that it selects have it among their {@link podKeys}. */
export function selectorKey(namespace: string, selector: unknown): string {
  const [first] = Object.entries(objectAt(selector, "matchLabels"));
  return first ? `${namespace} ${first[0]}=${String(first[1])}` : namespace;
}

export function podKeys(namespace: string, labels: Props): string[] {
  return [namespace, ...Object.entries(labels).map(([key, value]) => `${namespace} ${key}=${String(value)}`)];
}

/** Whether a Kubernetes label selector selects what has these labels; an empty one selects everything. */
export function selects(selector: unknown, labels: Props): boolean {
  return (
    Object.entries(objectAt(selector, "matchLabels")).every(([key, value]) => labels[key] === value) &&
    listAt(selector, "matchExpressions").every((expression) => holds(expression, labels))
  );
}

function holds(expression: unknown, labels: Props): boolean {
  const value = labels[String(at(expression, "key"))];
  const values = listAt(expression, "values");
  switch (at(expression, "operator")) {
    case "In":
      return values.includes(value);
    case "NotIn":
      return !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
