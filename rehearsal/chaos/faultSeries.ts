import type { FaultInjector } from "./faults";
import { describeFault, type FaultRecord } from "./faults";
import type { Scene } from "./kills";
import { importOrphans, type Step } from "./recovery";

/** A run that failed, what had gone wrong in it until then, and what was typed before the same command was typed again. */
export interface FailedRun {
  stack: string;
  command: string;
  faults: FaultRecord[];
  message: string;
  recovery: Step[];
}

/** Runs that fail although nothing was done to them, before the series is given up. */
const PATIENCE = 2;

/**
 * Types the command until it comes to its end. A run that passes in spite of faults is what the providers' own retries are
 * for; one that fails is mended by the next.
 *
 * @returns the runs that failed
 * @throws the engine's message, where the same command fails again and again with nothing done to it
 */
export async function untilDone(
  { rehearsal, pulumi, progress }: Scene,
  injector: FaultInjector,
  { stack, args }: { stack: string; args: string[] },
): Promise<FailedRun[]> {
  const failed: FailedRun[] = [];
  let unprovoked = 0;
  for (;;) {
    const before = injector.done.length;
    const failure = await progress
      .step(`pulumi ${args.join(" ")} (${injector.left} faults to come)`, (say) => pulumi.run(args, say))
      .then(
        () => undefined,
        (error: Error) => error,
      );
    const faults = injector.done.slice(before);
    for (const fault of faults) {
      progress.note(`  ${describeFault(fault)}`);
    }
    if (!failure) {
      return failed;
    }
    const recovery = /already ?exists/i.test(failure.message)
      ? await importOrphans(pulumi, stack, rehearsal)
      : [];
    failed.push({ stack, command: args[0] ?? "", faults, message: reasons(failure.message), recovery });
    progress.note(`    ${reasons(failure.message).replaceAll("\n", "\n    ")}`);
    for (const { args: typed, why } of recovery) {
      progress.note(`    ${typed.length > 0 ? `pulumi ${typed.join(" ").slice(0, 160)}: ` : ""}${why}`);
    }
    unprovoked = faults.length > 0 || recovery.length > 0 ? 0 : unprovoked + 1;
    if (unprovoked > PATIENCE) {
      throw failure;
    }
  }
}

/** The lines of a failed run that say why. */
function reasons(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => /error|refused|already exists|not ready|timed? ?out/i.test(line));
  return [...new Set(telling)].slice(0, 8).join("\n");
}
