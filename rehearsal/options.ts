import { parseArguments, parseTimeout } from "../verify/arguments";
import { TIMEOUT } from "../verify/late";

/** Where a provider's plugin comes from. */
export type ProviderChoice = "auto" | "real" | "stand-in";

/** Whether requests go through real proxies; `auto`: where this machine can. */
export type TrafficChoice = "on" | "off" | "auto";

export interface Options {
  keep: boolean;
  destroy: boolean;
  fresh: boolean;
  /** Over clusters that the program did not make. */
  existing: boolean;
  help: boolean;
  providers: ProviderChoice;
  traffic: TrafficChoice;
  /** In the order in which they come up. */
  stacks: string[];
  /** Seconds that an answer to a check may take. */
  timeout: number;
}

export const USAGE = `Usage: npm start [-- OPTIONS]

Brings up the mesh on this machine: \`pulumi up\` of each stack against a simulated Google Cloud project, with real
Kubernetes control planes and the real Istio. A later start goes on from where the last one was.

  --keep                  stay up until Ctrl-C; in another terminal: npm run shell
  --destroy               take the stacks down again, the last one first, and check that nothing is left
  --fresh                 forget what earlier starts left in .rehearsal/, and begin anew
  --existing              over two clusters and a VPC that are there already: the rehearsal makes them, the program does not.
                          Later starts in the same folder keep to it.
  --stacks a,b            the stacks to bring up, in this order (default: us-east1,us-central1)
  --providers CHOICE      auto (default): the real kubernetes and tls plugins where they are installed, else the
                          stand-ins; real: only those; stand-in: never those. Google Cloud is always simulated.
  --traffic CHOICE        auto (default): real Envoys carry real requests where this machine has root-less namespaces
                          (Linux), else no request is sent; on: fail where it has none; off: send none
  --timeout SECONDS       how long an answer to a check may take: more for a slow machine (default: ${TIMEOUT})
  --help                  this text`;

const CHOICES: ProviderChoice[] = ["auto", "real", "stand-in"];
const TRAFFIC: TrafficChoice[] = ["auto", "on", "off"];

/** @throws with a message for people when an option is not one. */
export function parseOptions(args: string[], stacks: string[]): Options {
  const { values } = parseArguments({
    args,
    options: {
      keep: { type: "boolean", default: false },
      destroy: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      existing: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      providers: { type: "string", default: "auto" },
      traffic: { type: "string", default: "auto" },
      stacks: { type: "string", default: "us-east1,us-central1" },
      timeout: { type: "string", default: `${TIMEOUT}` },
    },
  });
  const providers = CHOICES.find((choice) => choice === values.providers);
  if (!providers) {
    throw new Error(`--providers is "${values.providers}": write one of ${CHOICES.join(", ")}`);
  }
  const traffic = TRAFFIC.find((choice) => choice === values.traffic);
  if (!traffic) {
    throw new Error(`--traffic is "${values.traffic}": write one of ${TRAFFIC.join(", ")}`);
  }
  const wanted = values.stacks.split(",").filter(Boolean);
  const unknown = wanted.filter((stack) => !stacks.includes(stack));
  if (wanted.length === 0) {
    throw new Error(`--stacks names none: write some of ${stacks.join(",")}`);
  }
  if (unknown.length > 0) {
    throw new Error(
      `--stacks is "${values.stacks}": ${unknown.join(", ")} has no file Pulumi.<stack>.yaml; there are ${stacks.join(", ")}`,
    );
  }
  return { ...values, providers, traffic, stacks: wanted, timeout: parseTimeout(values.timeout) };
}
