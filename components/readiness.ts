import * as pulumi from "@pulumi/pulumi";
import { MeshError } from "./meshError";

/** How long a thing may take, and how the wait is shown. Injected in tests. */
export interface WaitOptions {
  timeoutSeconds: number;
  pollSeconds: number;
  /** Between two lines of progress. */
  reportSeconds: number;
  /** How long one look may take, default 30: an API server that takes a request and never answers must not outlast the wait. */
  lookSeconds?: number;
}

/** What a look at the cluster found. `reason` says what is still missing; `failed` that waiting longer is useless. */
export type Observation = { done: true } | { done: false; reason: string; failed?: boolean };

/**
 * Looks until it is done. Progress goes to the log, and the error says what was missing last and what to look at.
 *
 * @throws when the time is over, or at once when the observation failed.
 */
export async function poll(
  what: string,
  look: () => Promise<Observation>,
  advice: string,
  { timeoutSeconds, pollSeconds, reportSeconds, lookSeconds = 30 }: WaitOptions,
): Promise<void> {
  const start = Date.now();
  let reported = start;
  for (;;) {
    const seen = await within(lookSeconds, look()).catch((error: unknown): Observation => ({
      done: false,
      reason: messageOf(error),
    }));
    if (seen.done) {
      return;
    }
    const elapsed = (Date.now() - start) / 1000;
    if (seen.failed || elapsed > timeoutSeconds) {
      const after = seen.failed ? "" : ` after ${Math.round(elapsed)} s`;
      throw new MeshError(`${what}: not ready${after}: ${seen.reason}\n${advice}`);
    }
    if (Date.now() - reported > reportSeconds * 1000) {
      reported = Date.now();
      await pulumi.log.info(
        `${what}: waiting, ${Math.round(elapsed)} s of ${timeoutSeconds} s: ${seen.reason}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollSeconds * 1000));
  }
}

/** @throws when the answer takes longer; what comes later is not heard. */
async function within<T>(seconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`the API server did not answer within ${seconds} s`);
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
