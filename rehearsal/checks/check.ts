import { setTimeout as sleep } from "node:timers/promises";

/** What was asked about the finished mesh, and the answer. */
export interface Check {
  /** Such as `trust-roots`; the same for each cluster that it is asked of. */
  id: string;
  /** Empty for the mesh as a whole. */
  cluster: string;
  /** What holds when `ok`, for people. */
  title: string;
  ok: boolean;
  /** What was seen; every problem when it is not ok. */
  detail: string;
}

export interface Finding {
  ok: boolean;
  detail: string;
}

/** A check before it is answered. */
export interface Question {
  id: string;
  cluster: string;
  title: string;
  /** Seconds in which it may still become true. Default: 30; 0 for what is true at once or never. */
  patience?: number;
  /** Its error, if it throws, is the detail of a failed check. */
  ask: () => Promise<Finding>;
}

/** @param detail what was seen, when there are no problems. */
export function verdict(problems: string[], detail: string): Finding {
  return problems.length === 0
    ? { ok: true, detail }
    : { ok: false, detail: [...new Set(problems)].join("; ") };
}

export interface Pace {
  /** Milliseconds between two looks. Default: 500. */
  interval?: number;
  /** Milliseconds for one look. Default: 20000. */
  limit?: number;
}

/** Asks until the answer is good or patience ends; never throws. */
export async function answer(
  question: Question,
  { interval = 500, limit = 20_000 }: Pace = {},
): Promise<Check> {
  const { id, cluster, title, patience = 30 } = question;
  const deadline = Date.now() + patience * 1000;
  for (;;) {
    const finding = await look(question, limit);
    if (finding.ok || Date.now() + interval > deadline) {
      return { id, cluster, title, ...finding };
    }
    await sleep(interval);
  }
}

async function look({ ask }: Question, limit: number): Promise<Finding> {
  const over = new AbortController();
  const late = sleep(limit, { ok: false, detail: `no answer in ${limit / 1000} s` }, { signal: over.signal });
  // Aborted when it has lost.
  late.catch(() => undefined);
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  } finally {
    over.abort();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
