import { parseArguments } from "../../verify/arguments";

export interface ChaosOptions {
  /** Kill points in all. */
  points: number;
  seed: number;
  only?: Part;
  fresh: boolean;
  help: boolean;
}

export const USAGE = `Usage: npm run chaos [-- OPTIONS]

Disturbs the rehearsal's mesh, and says whether it comes back: rehearsal/chaos/README.md

  --points N     kill the program, the engine or a provider at N points of up and destroy (default 60)
  --seed S       a whole number: the same points and faults again (default 1)
  --only PART    kill, faults, changes or waits (default: the first three; waits takes an hour)
  --fresh        forget what earlier runs left in .rehearsal/, and begin anew
  --help         this text`;

/** What runs without `--only`. */
export const DEFAULT_PARTS = ["kill", "faults", "changes"] as const;

const PARTS = [...DEFAULT_PARTS, "waits"] as const;

type Part = (typeof PARTS)[number];

/** @throws with a message for people when an option is not one. */
export function parseChaosOptions(args: string[]): ChaosOptions {
  const { values } = parseArguments({
    args,
    options: {
      points: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      fresh: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && !only) {
    throw new Error(`--only is "${values.only}": write one of ${PARTS.join(", ")}`);
  }
  return { ...values, only, points: whole("points", values.points), seed: whole("seed", values.seed) };
}

function whole(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) {
    throw new Error(`--${name} is "${value}": write a whole number, such as 60`);
  }
  return Number(value);
}
