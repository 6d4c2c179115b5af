import type { Fault, PlannedFault } from "./faults";
import type { Seeded } from "./seed";

/** Long enough that a client notices, short enough for a rehearsal. Real front ends cut a silent connection later. */
const HANG_SECONDS = 5;

/** Each thing that can go wrong with Google's APIs. The real provider tries most of it again by itself. */
const GOOGLE: Fault[] = [
  { kind: "status", status: 429 },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "status", status: 409 },
  { kind: "cut", carriedOut: false },
  { kind: "cut", carriedOut: true },
  { kind: "hang", carriedOut: false, seconds: HANG_SECONDS },
  { kind: "hang", carriedOut: true, seconds: HANG_SECONDS },
];

/** What goes wrong with calls that change nothing, on either side. */
const READS: Fault[] = [
  { kind: "status", status: 429 },
  { kind: "status", status: 503 },
  { kind: "cut", carriedOut: false },
  { kind: "hang", carriedOut: false, seconds: HANG_SECONDS },
];

/** And with an API server. client-go tries again only what says Retry-After. */
const CLUSTERS: Fault[] = [
  { kind: "status", status: 429, retryAfter: 1 },
  { kind: "status", status: 503, retryAfter: 1 },
  { kind: "restart" },
  { kind: "status", status: 409 },
  { kind: "status", status: 429 },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "cut", carriedOut: false },
  { kind: "cut", carriedOut: true },
  { kind: "hang", carriedOut: false, seconds: HANG_SECONDS },
  { kind: "hang", carriedOut: true, seconds: HANG_SECONDS },
];

/**
 * A plan for one `up`, the same for the same seed.
 *
 * @param most faults on each side; all by default
 */
export function faultPlan(random: Seeded, most = Infinity): PlannedFault[] {
  const plan = (on: PlannedFault["on"], faults: Fault[]): PlannedFault[] => {
    const reads = READS.map((fault) => ({ on, fault, counts: "reads" as const }));
    return shuffled(random, [...faults.map((fault) => ({ on, fault })), ...reads])
      .slice(0, most)
      .map((planned) => ({ ...planned, after: random.between(0, 2) }));
  };
  return [...plan("google", GOOGLE), ...plan("clusters", CLUSTERS)];
}

function shuffled<T>(random: Seeded, list: T[]): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.between(0, rest.length - 1), 1)[0] as T);
}
