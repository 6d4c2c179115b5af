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
  /** Processes that were killed; 0 where the victim had nothing left to do and was gone. */
  killed: number;
}

/** A gate that counts the calls that change something, and kills at the one that it is armed for. */
export class Killer {
  private armed?: { point: KillPoint; kill: (victim: Victim) => number };
  private seen = 0;
  private fired?: Kill;

  /** @param kill does it, and says how many processes it hit */
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
    if (!this.armed || this.fired || !changes(call) || ++this.seen < this.armed.point.nth) {
      return carryOut();
    }
    const { point, kill } = this.armed;
    const victim = victimOf(point.role, call.api);
    const record = (killed: number) => (this.fired = { ...point, victim, call, killed });
    if (point.moment === "before") {
      record(kill(victim));
      return isDeaf(victim) ? undefined : carryOut();
    }
    let reply: Reply;
    if (point.moment === "during") {
      const answer = carryOut();
      record(kill(victim));
      reply = await answer;
    } else {
      // What else comes meanwhile is not counted again.
      record(0);
      reply = await carryOut();
      record(kill(victim));
    }
    return isDeaf(victim) ? undefined : reply;
  };
}

/** Whether the client of the call is gone with the victim: neither the program nor the tls provider calls an API. */
function isDeaf(victim: Victim): boolean {
  return victim !== "program" && victim !== "tls";
}
