import * as pulumi from "@pulumi/pulumi";

/** How long a thing may take, and how the wait is shown. Injected in tests. */
export interface WaitOptions {
  timeoutSeconds: number;
  pollSeconds: number;
  /** Between two lines of progress. */
  reportSeconds: number;
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
  { timeoutSeconds, pollSeconds, reportSeconds }: WaitOptions,
): Promise<void> {
  const start = Date.now();
  let reported = start;
  for (;;) {
    const seen = await look().catch((error: unknown): Observation => ({
      done: false,
      reason: messageOf(error),
    }));
    if (seen.done) {
      return;
    }
    const elapsed = (Date.now() - start) / 1000;
    if (seen.failed || elapsed > timeoutSeconds) {
      const after = seen.failed ? "" : ` after ${Math.round(elapsed)} s`;
      throw new pulumi.RunError(`${what}: not ready${after}: ${seen.reason}\n${advice}`);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
