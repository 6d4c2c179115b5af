import { parseArguments } from "../../verify/arguments";

export interface DrillArguments {
  json: boolean;
  help: boolean;
  cluster: string;
  away: number;
  rate: number;
  timeout: number;
  /** Ids of what goes; empty: all. */
  only: string[];
  locality: boolean;
}

export const USAGE = `Usage: npm run drill [-- OPTIONS]

Brings the rehearsal up, and lets one thing after the other go and come back in one cluster while clients near each region
send requests to the global address: the workload, the ingress gateway, the east-west gateway, istiod, the whole cluster;
and at last the whole config cluster, which holds the load balancer's objects.

  --cluster NAME    where they go, but for the last (default: us-central1)
  --only a,b        some of workload,ingress-gateway,east-west-gateway,istiod,cluster,config-cluster
  --away SECONDS    how long each stays away (default: 40)
  --rate N          requests a second from near each region (default: 10)
  --timeout SECONDS after which a client gives up (default: 5)
  --locality        with mesh.locality on, whatever Pulumi.yaml says; it stays on until npm start or npm run drill comes again
  --json            for machines
  --help            this text`;

/** @throws with a message for people when an option is not one. */
export function parseDrillOptions(args: string[], ids: string[]): DrillArguments {
  const { values } = parseArguments({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      locality: { type: "boolean", default: false },
      cluster: { type: "string", default: "us-central1" },
      away: { type: "string", default: "40" },
      rate: { type: "string", default: "10" },
      timeout: { type: "string", default: "5" },
      only: { type: "string", default: "" },
    },
  });
  const number = (name: "away" | "rate" | "timeout", least: number, most: number) => {
    const value = Number(values[name]);
    if (!(value >= least && value <= most)) {
      throw new Error(`--${name} is "${values[name]}": write a number from ${least} to ${most}`);
    }
    return value;
  };
  const only = values.only.split(",").filter(Boolean);
  const unknown = only.filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new Error(`--only is "${values.only}": ${unknown.join(", ")} is none of ${ids.join(", ")}`);
  }
  return {
    ...values,
    away: number("away", 10, 600),
    rate: number("rate", 1, 50),
    timeout: number("timeout", 1, 10),
    only,
  };
}
