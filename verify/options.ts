import { parseArguments, parseTimeout } from "./arguments";
import { TIMEOUT } from "./late";

export interface Options {
  stacks: string[];
  /** Where the Pulumi project is, from here. */
  cwd: string;
  json: boolean;
  pods: boolean;
  help: boolean;
  /** Seconds. */
  wait: number;
  /** Seconds. */
  timeout: number;
}

export const USAGE = `Usage: npm run verify -- [OPTIONS] STACK...

Asks the mesh of the stacks whether it does what it is for, through the stacks' outputs and the clusters' APIs. Nothing is
changed. Name all stacks of the mesh: links are judged between the clusters of those that are named.

  --json             for machines: every check, and what the picture is drawn from
  --wait SECONDS     how long what has just been made may take to become right (default: 0)
  --timeout SECONDS  how long an answer may take: more for a slow machine or network (default: ${TIMEOUT})
  --no-pods          make no pods. Without it, short-lived ones open a connection to the other clusters' gateways and APIs
  -C, --cwd FOLDER   where the Pulumi project is, of a program that imports the components (default: here)
  --help             this text

Ends with 0 when nothing is wrong, 1 when a check failed, 2 when the checks could not be asked.`;

/** @throws with a message for people. */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      "no-pods": { type: "boolean", default: false },
      wait: { type: "string", default: "0" },
      timeout: { type: "string", default: `${TIMEOUT}` },
      cwd: { type: "string", short: "C", default: "." },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const wait = Number(values.wait);
  if (!Number.isFinite(wait) || wait < 0 || values.wait === "") {
    throw new Error(`--wait is "${values.wait}": write seconds, such as 60`);
  }
  const timeout = parseTimeout(values.timeout);
  if (positionals.length === 0 && !values.help) {
    throw new Error("No stack is named: write all stacks of the mesh, such as us-east1 us-central1");
  }
  return {
    stacks: [...new Set(positionals)],
    cwd: values.cwd,
    json: values.json,
    pods: !values["no-pods"],
    help: values.help,
    wait,
    timeout,
  };
}
