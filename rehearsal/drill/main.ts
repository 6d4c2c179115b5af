import { Rehearsal } from "../host";
import { layout } from "../layout";
import { Processes } from "../processes";
import { createProgress } from "../progress";
import { Pulumi } from "../pulumi";
import { describeMesh } from "../program";
import { claim } from "../running";
import { ensureTools } from "../tools";
import { trafficFor } from "../traffic/choice";
import { bringUpStacks } from "../up";
import { drill } from "./drill";
import { type DrillArguments, parseDrillOptions, USAGE } from "./options";
import { outages } from "./outages";
import { formatDrill } from "./table";

const STACKS = ["us-east1", "us-central1"];

async function main(options: DrillArguments): Promise<void> {
  // The output is the table.
  const progress = createProgress({ stream: process.stderr });
  claim();
  const tools = await ensureTools(progress);
  const traffic = await trafficFor("on", progress);
  const processes = new Processes();
  const rehearsal = await progress.step("Start the rehearsal", () =>
    Rehearsal.start(tools, processes, "auto", traffic),
  );
  try {
    if (options.locality) {
      describeMesh({ locality: { enabled: true } });
    }
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.unlock();
    await bringUpStacks(pulumi, STACKS, progress);
    const results = await drill(
      rehearsal,
      {
        cluster: options.cluster,
        away: options.away,
        perSecond: options.rate,
        timeoutMs: options.timeout * 1000,
        outages: outages.filter(({ id }) => options.only.length === 0 || options.only.includes(id)),
      },
      progress,
    );
    console.log(options.json ? JSON.stringify({ ...options, results }, undefined, 2) : formatDrill(results));
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

function readOptions(): DrillArguments {
  try {
    return parseDrillOptions(
      process.argv.slice(2),
      outages.map(({ id }) => id),
    );
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
} else {
  main(options).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(`\n${messageOf(error)}\n\nLogs are in ${layout.logs}.`);
      process.exit(1);
    },
  );
}
