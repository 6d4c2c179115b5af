import { runCommand } from "../command";
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
import { formatDrill, formatJson } from "./table";

const STACKS = ["us-east1", "us-central1"];

async function main(options: DrillArguments): Promise<boolean> {
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
    console.log(options.json ? formatJson(options, results) : formatDrill(results));
    if (options.locality) {
      progress.note("mesh.locality stays on in the rehearsal until npm start or npm run drill comes again.");
    }
    return true;
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

void runCommand({
  usage: USAGE,
  parse: (args) =>
    parseDrillOptions(
      args,
      outages.map(({ id }) => id),
    ),
  run: main,
  afterwards: `Logs are in ${layout.logs}.`,
});
