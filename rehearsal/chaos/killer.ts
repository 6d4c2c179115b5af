import { type ApiCall, changes, type Gate, type Reply } from "./gate";
import { type Role, type Victim, victimOf } from "./victims";

/** Where a victim dies: before the call is carried out, while it is, or after it was; nobody hears the answer. */
export const MOMENTS = ["before", "during", "after"] as const;
export type Moment = (typeof MOMENTS)[number];

/** A point of a run, chosen by what happens and not by when. */
export interface KillPoint {
  role: Role;
  moment: Moment;
  /** Which of the changing calls of a run it is, from 1. */
  nth: number;
}

export interface Kill extends KillPoint {
  victim: Victim;
  call: ApiCall;
  /** Processes that were killed. */
  killed: number;
}

/** A gate that counts the calls that change something, and kills at the one that it is armed for. */
export class Killer {
  private armed?: { point: KillPoint; kill: (victim: Victim) => number };
  private seen = 0;
  private busy = false;
  private fired?: Kill;

  /**
   * @param kill does it, and says how many processes it hit. Where there was none, as the provider has not been asked for
   *   anything yet, it is tried again at the next call.
   */
  arm(point: KillPoint, kill: (victim: Victim) => number): void {
    this.armed = { point, kill };
    this.seen = 0;
    this.fired = undefined;
  }

  /** Ends the waiting for a point. @returns what was killed since `arm`, if the point was reached. */
  disarm(): Kill | undefined {
    const { fired } = this;
    this.armed = undefined;
    this.fired = undefined;
    return fired;
  }

  readonly gate: Gate = async (call, carryOut) => {
    if (!this.armed || this.fired || this.busy || !changes(call) || ++this.seen < this.armed.point.nth) {
      return carryOut();
    }
    const { armed } = this;
    const { point, kill } = armed;
    const victim = victimOf(point.role, call.api);
    const nth = this.seen;
    const strike = () => {
      const killed = armed === this.armed ? kill(victim) : 0;
      this.fired = killed > 0 ? { ...point, nth, victim, call, killed } : undefined;
      return this.fired !== undefined && isDeaf(victim);
    };
    if (point.moment === "before") {
      return strike() ? undefined : carryOut();
    }
    const answer = carryOut();
    if (point.moment === "after") {
      await this.alone(answer);
    }
    const deaf = strike();
    const reply = await answer;
    return deaf ? undefined : reply;
  };

  /** What else comes while a call is carried out is not its point. */
  private async alone(answer: Promise<Reply>): Promise<void> {
    this.busy = true;
    try {
      await answer;
    } finally {
      this.busy = false;
    }
  }
}

/** Whether the client of the call is gone with the victim: neither the program nor the tls provider calls an API. */
function isDeaf(victim: Victim): boolean {
  return victim !== "program" && victim !== "tls";
}
