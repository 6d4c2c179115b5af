import { ApiError } from "../../kubernetes/client";

/**
 * When a look at the world wants the next one, in milliseconds from now; undefined: when something changes.
 * `stuck`: nothing will have happened by then unless a user puts something right.
 */
export type NextLook = { after: number; stuck: boolean } | undefined;

export const later = (after: number): NextLook => ({ after, stuck: false });
export const stuck = (after: number): NextLook => ({ after, stuck: true });

/** Both wishes as one: the earlier time, and stuck only when both are. */
export function sooner(a: NextLook, b: NextLook): NextLook {
  if (!a || !b) return a ?? b;
  return { after: Math.min(a.after, b.after), stuck: a.stuck && b.stuck };
}

/**
 * Runs one function that makes the world as it should be: after each `poke` (many at once count as one), when the
 * function itself asks for another look, after errors with growing pauses, and every `resync` milliseconds.
 */
export class Reconciler {
  private timer: NodeJS.Timeout | undefined;
  private due = Infinity;
  private running: Promise<void> | undefined;
  private pause = 0;
  private busy = true;
  private stopped = false;

  constructor(
    private readonly name: string,
    private readonly work: () => Promise<NextLook>,
    private readonly log: (line: string) => void,
    private readonly resync = 30_000,
  ) {}

  poke(delay = 20): void {
    if (this.stopped) return;
    this.busy = true;
    this.plan(delay);
  }

  private plan(delay: number): void {
    const at = Date.now() + delay;
    if (this.timer && this.due <= at) return;
    clearTimeout(this.timer);
    this.due = at;
    this.timer = setTimeout(() => this.fire(), delay);
    this.timer.unref();
  }

  /** Whether there is nothing to do that will be done without a user. */
  get settled(): boolean {
    return !this.running && !this.busy;
  }

  /** Waits for the run that is under way; nothing runs afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private fire(): void {
    this.timer = undefined;
    this.due = Infinity;
    if (this.running) return this.plan(50);
    this.running = this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    this.busy = false;
    try {
      const next = await this.work();
      this.pause = 0;
      if (next && !next.stuck) this.busy = true;
      if (!this.stopped) this.plan(Math.min(next?.after ?? this.resync, this.resync));
    } catch (error) {
      if (this.stopped) return;
      this.pause = Math.min(Math.max(200, this.pause * 2), 10_000);
      // Somebody else wrote the object in between: the next look sees it.
      const expected = error instanceof ApiError && error.status === 409;
      if (!expected) this.log(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
      this.poke(expected ? 50 : this.pause);
    }
  }
}

/** Does the work for each item, one after the other. @throws the first failure, after all had their turn */
export async function forEach<T>(items: T[], work: (item: T) => Promise<NextLook>): Promise<NextLook> {
  let next: NextLook;
  let failed: { error: unknown } | undefined;
  for (const item of items) {
    try {
      const wanted = await work(item);
      next = sooner(next, wanted);
    } catch (error) {
      failed ??= { error };
    }
  }
  if (failed) throw failed.error instanceof Error ? failed.error : new Error(String(failed.error));
  return next;
}

/** Remembers since when something is so, to do a thing a while later: Google takes its time. */
export class Since {
  private readonly first = new Map<string, number>();

  /** The look to wait for until `delay` milliseconds have gone since the first call with this key; undefined when they have. */
  wait(key: string, delay: number): NextLook {
    const now = Date.now();
    const start = this.first.get(key) ?? now;
    this.first.set(key, start);
    return start + delay > now ? later(start + delay - now) : undefined;
  }

  forget(key: string): void {
    this.first.delete(key);
  }
}
