import type { Rehearsal } from "../host";
import type { Progress } from "../progress";
import type { Pulumi } from "../pulumi";
import { type Kill, type Killer, type KillPoint, MOMENTS } from "./killer";
import { importOrphans, recover, type Step } from "./recovery";
import type { Seeded } from "./seed";
import { kill, type Role } from "./victims";

export interface Scene {
  rehearsal: Rehearsal;
  pulumi: Pulumi;
  killer: Killer;
  random: Seeded;
  progress: Progress;
}

/** A kill, and what was typed before the same command went on. */
export interface KillRecord extends Kill {
  stack: string;
  command: string;
  recovery: Step[];
}

/** One command that is killed again and again, each time some events later, until it comes to its end. */
export interface Series {
  stack: string;
  args: string[];
  /** At most so many kills. */
  points: number;
  /** Events between two kills: at least, at most. */
  stride: [number, number];
  roles: [Role, ...Role[]];
}

/** Runs in a row that fail with nobody killed in them and nothing to mend, before the series is given up. */
const PATIENCE = 2;

/**
 * @param record told of each kill as it happens
 * @returns how many kills there were
 * @throws the engine's message, where the same command fails again and again with nobody killed
 */
export async function killed(
  { rehearsal, pulumi, killer, random, progress }: Scene,
  { stack, args, points, stride, roles }: Series,
  record: (kill: KillRecord) => void,
): Promise<number> {
  const command = args[0] ?? "";
  const role = random.dealer(roles);
  const moment = random.dealer(MOMENTS);
  let kills = 0;
  let failures = 0;
  for (;;) {
    const point: KillPoint = {
      role: role(),
      moment: moment(),
      nth: random.between(...stride),
    };
    if (kills < points) {
      killer.arm(point, (victim) => (pulumi.pid === undefined ? 0 : kill(victim, pulumi.pid)));
    }
    const failure = await progress
      .step(`pulumi ${args.join(" ")} (${kills} of ${points} kills)`, (say) => pulumi.run(args, say))
      .then(
        () => undefined,
        (error: Error) => error,
      );
    const fired = killer.disarm();
    if (!fired && !failure) {
      return kills;
    }
    const recovery = fired ? await recover(pulumi, stack, rehearsal, fired.victim === "engine") : [];
    if (/already ?exists/i.test(failure?.message ?? "")) {
      recovery.push(...(await importOrphans(pulumi, stack, rehearsal)));
    }
    if (fired) {
      kills++;
      record({ ...fired, stack, command, recovery });
      progress.note(`  ${describe(fired)}`);
    } else {
      progress.note(`  failed with nobody killed: ${(failure?.message ?? "").slice(-800)}`);
    }
    for (const { args: typed, why } of recovery) {
      progress.note(`    ${typed.length > 0 ? `pulumi ${typed.join(" ").slice(0, 160)}: ` : ""}${why}`);
    }
    failures = fired || recovery.length > 0 ? 0 : failures + 1;
    if (failure && failures > PATIENCE) {
      throw failure;
    }
  }
}

export function describe({ victim, moment, nth, call, killed: count }: Kill): string {
  return `${victim} killed (${count}) ${moment} event ${nth}: ${call.api} ${call.operation} ${call.subject}`;
}
