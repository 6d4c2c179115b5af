import { requestEdge } from "../traffic/request";
import type { Traffic } from "../traffic/traffic";

/** One request to the global address, and what came of it. Times are in ms since the epoch. */
export interface Sent {
  /** The region that the client is nearest to. */
  region: string;
  sentAt: number;
  endedAt: number;
  /** Undefined for an answer with status 200. */
  error?: string;
  /** Where the pod is that answered. */
  cluster?: string;
}

export interface LoadOptions {
  /** From near each region. */
  perSecond: number;
  /** After which a client gives up. */
  timeoutMs: number;
}

/**
 * Steady requests from near each region, one after the other whether or not those before are answered: a slow answer does
 * not keep the next client from asking.
 */
export class Load {
  /** Those that have ended, in the order of their ends. */
  readonly ended: Sent[] = [];
  private readonly timers: NodeJS.Timeout[];
  private readonly open = new Set<Promise<void>>();
  /** Pods by their names, as far as they were seen: those that are gone may still have answered. */
  private readonly clusterOf = new Map<string, string>();

  private constructor(
    private readonly traffic: Traffic,
    private readonly options: LoadOptions,
  ) {
    this.timers = Object.keys(traffic.clients()).map((region) =>
      setInterval(() => this.send(region), 1000 / options.perSecond),
    );
  }

  static start(traffic: Traffic, options: LoadOptions): Load {
    return new Load(traffic, options);
  }

  /** Resolves when what is under way has ended too. */
  async stop(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    await Promise.all(this.open);
  }

  private send(region: string): void {
    const work = this.ask(region).then((sent) => {
      this.ended.push(sent);
      this.open.delete(work);
    });
    this.open.add(work);
  }

  private async ask(region: string): Promise<Sent> {
    const sentAt = Date.now();
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const { status, headers } = await requestEdge(this.traffic, { from: region, scheme: "https", signal });
      const cluster = this.clusterNamed(String(headers["x-rehearsal-pod"]));
      const error = status === 200 ? undefined : `${status}`;
      return { region, sentAt, endedAt: Date.now(), error, cluster };
    } catch {
      const error = signal.aborted ? "timeout" : "connection lost";
      return { region, sentAt, endedAt: Date.now(), error };
    }
  }

  private clusterNamed(pod: string): string | undefined {
    if (!this.clusterOf.has(pod)) {
      for (const cluster of this.traffic.clusters()) {
        for (const played of this.traffic.played(cluster)) {
          this.clusterOf.set(played.pod.metadata.name, cluster);
        }
      }
    }
    return this.clusterOf.get(pod);
  }
}
