import type { Key } from "./paths";

/** What was read of a resource. */
export interface Reads {
  /** The properties, which write down whoever reads them. */
  props: Record<string, unknown>;
  /** How often anything was read. */
  count: () => number;
  /** The deepest places that were read, without those on the way to them. */
  paths: () => Key[][];
}

/** Properties that write down what is read of them. */
export function recording(props: Record<string, unknown>): Reads {
  const read = new Map<string, Key[]>();
  let count = 0;
  const note = (path: Key[]) => {
    count += 1;
    read.set(JSON.stringify(path), path);
  };
  return {
    props: wrap(props, [], note),
    count: () => count,
    paths: () => {
      const above = new Set([...read.values()].map((path) => JSON.stringify(path.slice(0, -1))));
      return [...read].filter(([key]) => !above.has(key)).map(([, path]) => path);
    },
  };
}

function wrap<T extends object>(target: T, path: Key[], note: (path: Key[]) => void): T {
  const list = Array.isArray(target);
  return new Proxy(target, {
    get: (object, key) => {
      const value: unknown = Reflect.get(object, key);
      // Methods and lengths of lists, and what the language itself asks for, are no fields.
      if (
        typeof key === "symbol" ||
        key in Object.prototype ||
        key === "toJSON" ||
        (list && !/^\d+$/.test(key))
      ) {
        return value;
      }
      const here: Key[] = [...path, list ? Number(key) : key];
      note(here);
      return typeof value === "object" && value !== null ? wrap(value, here, note) : value;
    },
    ownKeys: (object) => {
      const keys = Reflect.ownKeys(object);
      for (const key of keys) {
        // Whether a resource has any properties is a question about none of them.
        if (typeof key === "string" && !list && path.length > 0) {
          note([...path, key]);
        }
      }
      return keys;
    },
  });
}
