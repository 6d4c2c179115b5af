import type { Usage } from "./usage";

/** How much a container uses, as the metrics API says it. */
export interface Rate {
  /** Of one CPU: 0.25 is a quarter of one. */
  cpu: number;
  memoryBytes: number;
  /** When it was measured, in ms. */
  at: number;
  /** Over how many ms before that. */
  windowMs: number;
}

interface Sample extends Usage {
  at: number;
}

/** As far back as GKE's own metrics server looks. */
export const longestWindow = 30_000;

/** A shorter look says more about the moment than about the load. */
export const shortestWindow = 3_000;

/** Turns what containers have used in all into what they use now. */
export class History {
  private readonly samples = new Map<string, Sample[]>();

  /** @param usage of every container that runs, by any key */
  add(usage: Map<string, Usage>, at: number): void {
    for (const key of this.samples.keys()) {
      if (!usage.has(key)) {
        this.samples.delete(key);
      }
    }
    for (const [key, one] of usage) {
      const known = this.samples.get(key) ?? [];
      const last = known.at(-1);
      const goesOn = last !== undefined && last.id === one.id && last.cpuSeconds <= one.cpuSeconds;
      const kept = goesOn ? known.filter((sample) => at - sample.at <= longestWindow) : [];
      this.samples.set(key, [...kept, { ...one, at }]);
    }
  }

  /**
   * What a container uses, over at most 30 s, and not from before `since` (ms); undefined when that is less than 3 s.
   *
   * A pod's start is no load. The autoscaler sees it the same way, and counts no look that began before a young pod was
   * ready: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
   */
  rate(key: string, since: number): Rate | undefined {
    const samples = this.samples.get(key) ?? [];
    const first = samples.find(({ at }) => at >= since);
    const last = samples.at(-1);
    if (!first || !last || last.at - first.at < shortestWindow) {
      return undefined;
    }
    const windowMs = last.at - first.at;
    const cpu = ((last.cpuSeconds - first.cpuSeconds) * 1000) / windowMs;
    return { cpu, memoryBytes: last.memoryBytes, at: last.at, windowMs };
  }
}
