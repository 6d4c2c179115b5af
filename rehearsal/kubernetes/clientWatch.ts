import { setTimeout as sleep } from "node:timers/promises";
import { Transport } from "./clientTransport";
import { ApiError, ApiObject } from "./clientTypes";

export type WatchEvent = "ADDED" | "MODIFIED" | "DELETED";

interface List {
  metadata: { resourceVersion: string };
  items?: ApiObject[] | null;
}

export interface WatchSpec {
  transport: Transport;
  /** The collection's path; asked anew before each list, so that a kind may appear later. */
  path: () => Promise<string>;
  apiVersion: string;
  kind: string;
  query: Record<string, string>;
  onEvent: (type: WatchEvent, object: ApiObject) => void;
  signal: AbortSignal;
}

/** Lists, then follows the changes, and lists again after whatever goes wrong, until `signal` aborts. Never throws. */
export async function watch(spec: WatchSpec): Promise<void> {
  const seen = new Map<string, ApiObject>();
  let wait = 100;
  while (!spec.signal.aborted) {
    try {
      let version = await list(spec, seen);
      wait = 100;
      while (!spec.signal.aborted) {
        version = await follow(spec, seen, version);
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 410)) {
        await sleep(wait, undefined, { signal: spec.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, 5000);
      }
    }
  }
}

async function list(spec: WatchSpec, seen: Map<string, ApiObject>): Promise<string> {
  const { transport, query, signal, onEvent } = spec;
  const answer = await transport.json<List>("GET", await spec.path(), { query, signal });
  const gone = new Map(seen);
  for (const item of answer.items ?? []) {
    const object = { ...item, apiVersion: spec.apiVersion, kind: spec.kind };
    const before = seen.get(keyOf(object));
    gone.delete(keyOf(object));
    seen.set(keyOf(object), object);
    if (before?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      onEvent(before ? "MODIFIED" : "ADDED", object);
    }
  }
  for (const [key, object] of gone) {
    seen.delete(key);
    onEvent("DELETED", object);
  }
  return answer.metadata.resourceVersion;
}

/** One watch request, until the server ends it; answers the version to go on from. */
async function follow(spec: WatchSpec, seen: Map<string, ApiObject>, from: string): Promise<string> {
  let version = from;
  const query = { ...spec.query, watch: "true", allowWatchBookmarks: "true", resourceVersion: from };
  const answer = await spec.transport.send("GET", await spec.path(), {
    query,
    signal: spec.signal,
    endless: true,
  });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter(Boolean)) {
      const event = JSON.parse(line) as { type: WatchEvent | "BOOKMARK" | "ERROR"; object: ApiObject };
      if (event.type === "ERROR") {
        const status = event.object as unknown as { code: number; message: string };
        throw new ApiError(status.code, "", status.message, status);
      }
      version = String(event.object.metadata.resourceVersion);
      if (event.type === "BOOKMARK") {
        continue;
      }
      if (event.type === "DELETED") {
        seen.delete(keyOf(event.object));
      } else {
        seen.set(keyOf(event.object), event.object);
      }
      spec.onEvent(event.type, event.object);
    }
  }
  return version;
}

function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
