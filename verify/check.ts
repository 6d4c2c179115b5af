import { setTimeout as sleep } from "node:timers/promises";
import { late } from "./late";

/** What one look found. `unknown`: it cannot be seen from here, which says nothing about the mesh. */
export interface Finding {
  status: "ok" | "failed" | "unknown";
  /** What was seen; every problem when it failed; why not, when it cannot be judged. */
  detail: string;
  /** Goes before the question's own `fix`. */
  fix?: string;
}

/** What a question is about: the whole mesh (""), a cluster, or the way from a cluster to another one. */
export interface Scope {
  cluster: string;
  other?: string;
}

/** A check before it is answered. */
export interface Question extends Scope {
  /** Such as `trust-roots`; the same wherever it is asked. */
  id: string;
  /** What holds when the answer is ok, for people. */
  title: string;
  /** What does not work while it fails. */
  breaks: string;
  /** What to do, with the command or the line of the configuration. */
  fix: string;
  /** Keys of the checks without which this one says nothing: {@link keyOf}. A cluster's own answer is needed anyway. */
  needs?: string[];
  /** How many times the timeout of one answer a look may take, where it waits for more than most. Default: 2. */
  timeouts?: number;
  /** Its error, if it throws, is the detail of a failed check. */
  ask: () => Promise<Finding>;
}

/** A check and its answer. */
export interface Check extends Scope {
  id: string;
  title: string;
  status: "ok" | "failed" | "not judged";
  ok: boolean;
  detail: string;
  /** Of a failed check. */
  breaks?: string;
  /** Of a failed check. */
  fix?: string;
  needs: string[];
  /** Of a check that is not judged: the failed ones that come first. */
  because?: string[];
}

/** `answers`, `cluster us-east1`, `remote-token us-east1>us-central1` */
export function keyOf({ id, cluster, other }: { id: string } & Scope): string {
  return [id, other ? `${cluster}>${other}` : cluster].filter(Boolean).join(" ");
}

/** @param detail what was seen, when there are no problems. */
export function verdict(problems: string[], detail: string, fix?: string): Finding {
  return problems.length === 0
    ? { status: "ok", detail }
    : { status: "failed", detail: [...new Set(problems)].join("; "), ...(fix ? { fix } : {}) };
}

export function failed(detail: string, fix?: string): Finding {
  return { status: "failed", detail, ...(fix ? { fix } : {}) };
}

export function unknown(detail: string): Finding {
  return { status: "unknown", detail };
}

export interface Pace {
  /** Seconds in which an answer may still become good. Default: 0, one look. */
  wait?: number;
  /** Milliseconds between two looks. Default: 500. */
  interval?: number;
  /** Seconds that an answer may take. */
  timeout: number;
}

/** Asks all at the same time, and judges the answers. Never throws. */
export async function runChecks(questions: Question[], pace: Pace): Promise<Check[]> {
  const findings = await Promise.all(questions.map((question) => answer(question, pace)));
  return judge(questions, findings);
}

/** Asks until the answer is good or the wait is over; never throws. */
export async function answer(
  { ask, timeouts = 2 }: Pick<Question, "ask" | "timeouts">,
  { wait = 0, interval = 500, timeout }: Pace,
): Promise<Finding> {
  const deadline = Date.now() + wait * 1000;
  for (;;) {
    const finding = await look(ask, timeouts * timeout);
    if (finding.status !== "failed" || Date.now() + interval > deadline) {
      return finding;
    }
    await sleep(interval);
  }
}

/**
 * A failed check that needs another failed one says nothing of its own: it is not judged, and names the one that is to be
 * mended first. What was seen to hold holds.
 */
export function judge(questions: Question[], findings: Finding[]): Check[] {
  const asked = new Map(
    questions.map((question, at) => [keyOf(question), { question, finding: findings[at] }]),
  );
  const needsOf = (question: Question) => {
    const { cluster, other, needs = [] } = question;
    const own = [cluster, other].filter(Boolean).map((name) => keyOf({ id: "cluster", cluster: name ?? "" }));
    return [...new Set([...own, ...needs])].filter((key) => key !== keyOf(question) && asked.has(key));
  };
  /** The failed checks that are first on the way to this one. */
  const causes = (question: Question, seen: Set<string>): string[] =>
    needsOf(question).flatMap((key) => {
      const need = asked.get(key);
      if (!need || seen.has(key)) {
        return [];
      }
      seen.add(key);
      const deeper = causes(need.question, seen);
      return deeper.length > 0 ? deeper : need.finding?.status === "failed" ? [key] : [];
    });
  return questions.map((question, index) => {
    const { id, cluster, other, title, breaks, fix } = question;
    const finding = findings[index] ?? unknown("it was not asked");
    const needs = needsOf(question);
    const check = { id, cluster, ...(other ? { other } : {}), title, needs };
    if (finding.status === "ok") {
      return { ...check, status: "ok", ok: true, detail: finding.detail };
    }
    const first = [...new Set(causes(question, new Set([keyOf(question)])))];
    if (first.length > 0) {
      return {
        ...check,
        status: "not judged",
        ok: false,
        detail: `needs ${first.join(", ")}`,
        because: first,
      };
    }
    if (finding.status === "unknown") {
      return { ...check, status: "not judged", ok: false, detail: finding.detail };
    }
    return {
      ...check,
      status: "failed",
      ok: false,
      detail: finding.detail,
      breaks,
      fix: finding.fix ?? fix,
    };
  });
}

async function look(ask: Question["ask"], seconds: number): Promise<Finding> {
  const over = new AbortController();
  const tooLate = sleep(seconds * 1000, failed(late("no answer", seconds)), { signal: over.signal });
  // Aborted when it has lost.
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([ask(), tooLate]);
  } catch (error) {
    return failed(messageOf(error));
  } finally {
    over.abort();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
