import { setTimeout as sleep } from "node:timers/promises";
import type { Rehearsal } from "../host";
import type { Progress } from "../progress";
import { Load, type LoadOptions } from "./load";
import { measure, type Measured } from "./measure";
import type { Outage } from "./outages";

export interface DrillOptions extends LoadOptions {
  /** Where something goes, if it does not say itself where. */
  cluster: string;
  /** How long it stays away, in seconds. */
  away: number;
  outages: Outage[];
}

/** What clients saw of one outage. */
export interface Drilled {
  id: string;
  title: string;
  /** Where it went. */
  cluster: string;
  /** From its end to its return. */
  gone: Measured;
  /** From its return until everything was ready, and a while longer. */
  back: Measured;
  /** Seconds from its return until its pods were ready. */
  readyAfter: number;
}

/** How long there has to be no error before something goes, in ms. */
const calm = 5000;

/** Lets one thing after the other go and come back, under steady requests. @throws when the requests fail before that */
export async function drill(
  rehearsal: Rehearsal,
  options: DrillOptions,
  progress: Progress,
): Promise<Drilled[]> {
  const { traffic } = rehearsal;
  if (!traffic) {
    throw new Error("no request can be sent through the mesh on this machine: npm start says why");
  }
  const load = Load.start(traffic, options);
  const results: Drilled[] = [];
  try {
    for (const outage of options.outages) {
      const cluster = outage.where?.(traffic) ?? options.cluster;
      await calmed(load);
      const result = await progress.step(`${cluster}: ${outage.title} goes and comes back`, (say) =>
        one(rehearsal, load, outage, { ...options, cluster }, say),
      );
      results.push(result);
    }
    return results;
  } finally {
    await load.stop();
  }
}

async function one(
  rehearsal: Rehearsal,
  load: Load,
  outage: Outage,
  { cluster, away, timeoutMs }: DrillOptions,
  say: (detail: string) => void,
): Promise<Drilled> {
  const goneAt = Date.now();
  const comeBack = await outage.begin(rehearsal, cluster);
  say("gone");
  await sleep(Math.max(0, goneAt + away * 1000 - Date.now()));
  const backAt = Date.now();
  say("coming back");
  await comeBack();
  const readyAt = Date.now();
  await sleep(10_000);
  const until = Date.now();
  // What was sent before that ends by then.
  await sleep(timeoutMs);
  return {
    id: outage.id,
    title: outage.title,
    cluster,
    gone: measure(load.ended, goneAt, backAt),
    back: measure(
      load.ended.filter(({ sentAt }) => sentAt >= backAt),
      backAt,
      until,
    ),
    readyAfter: (readyAt - backAt) / 1000,
  };
}

/** Nothing has failed lately: what fails from here on is the next outage's. */
async function calmed({ ended }: Load): Promise<void> {
  const started = Date.now();
  for (;;) {
    const now = Date.now();
    const lately = ended.filter(({ endedAt }) => endedAt > now - calm);
    if (now - started > calm && lately.length > 0 && lately.every(({ error }) => error === undefined)) {
      return;
    }
    if (now - started > 120_000) {
      const errors = [...new Set(lately.flatMap(({ error }) => error ?? []))];
      throw new Error(
        `requests fail while everything is up: ${errors.join(", ") || "no answer"}. Look with npm start`,
      );
    }
    await sleep(500);
  }
}
