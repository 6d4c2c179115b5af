import { setTimeout as sleep } from "node:timers/promises";
import { NoMatchError, isNotFound } from "../../../kubernetes/client";

/** Seconds after each failed try, the last one too: 63 s in all. */
const waits = [1, 2, 4, 8, 16, 32];

/**
 * Tries again while the kind or the namespace does not exist, as both may be on their way. Every other error ends it.
 * @param unit milliseconds per second of waiting: for tests
 */
export async function untilItExists<T>(
  attempt: () => Promise<T>,
  options: { onRetry: (line: string) => void; signal: AbortSignal; unit?: number },
): Promise<T> {
  let failure: unknown;
  for (const [i, wait] of waits.entries()) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NoMatchError) && !isNotFound(error)) {
        throw error;
      }
      failure = error;
      options.onRetry(`Retry #${i}; creation failed: ${(error as Error).message}`);
    }
    await sleep(wait * (options.unit ?? 1000), undefined, { signal: options.signal });
  }
  throw failure;
}
