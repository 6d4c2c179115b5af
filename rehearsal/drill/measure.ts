import type { Sent } from "./load";

/** What clients saw while something was gone, or after it came back. */
export interface Measured {
  requests: number;
  /** By status, or `timeout`, or `connection lost`. */
  errors: Record<string, number>;
  /** Seconds from the event until the last request was sent that failed; undefined without errors. */
  lastErrorAfter?: number;
  /** No request failed in the last seconds of the time that was looked at. */
  recovered: boolean;
  /** The longest time to a good answer, in seconds. */
  slowest: number;
  /** Good answers by the cluster of the pod. */
  answers: Record<string, number>;
}

/** How long there must be no error before it counts as over, in ms. */
const quiet = 5000;

/**
 * @param from the event, in ms since the epoch; a request that it met on its way counts
 * @param to requests that were sent later do not count
 */
export function measure(all: readonly Sent[], from: number, to: number): Measured {
  const sent = all.filter(({ sentAt, endedAt }) => endedAt > from && sentAt < to);
  const failed = sent.filter(({ error }) => error !== undefined);
  const good = sent.filter(({ error }) => error === undefined);
  const last = failed.length > 0 ? Math.max(from, ...failed.map(({ sentAt }) => sentAt)) : undefined;
  return {
    requests: sent.length,
    errors: counted(failed.map(({ error = "" }) => error)),
    ...(last === undefined ? {} : { lastErrorAfter: (last - from) / 1000 }),
    recovered: last === undefined || last < to - quiet,
    slowest: Math.max(0, ...good.map(({ sentAt, endedAt }) => endedAt - sentAt)) / 1000,
    answers: counted(good.map(({ cluster = "unknown" }) => cluster)),
  };
}

function counted(values: string[]): Record<string, number> {
  const names = [...new Set(values)].sort();
  return Object.fromEntries(names.map((name) => [name, values.filter((value) => value === name).length]));
}
