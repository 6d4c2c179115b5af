import { Rehearsal } from "../../rehearsal/host";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { Pulumi } from "../../rehearsal/pulumi";
import { resourceCount } from "../../rehearsal/report";
import { claim } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";
import { median, type Preview } from "./report";

const REPEATS = 3;

/** How long `pulumi preview` of each stack takes on the rehearsal, with and without the pack, after the mesh is up. */
export async function previewTimes(): Promise<Preview[]> {
  claim();
  const progress = createProgress({ stream: process.stderr });
  const tools = await ensureTools(progress);
  const processes = new Processes();
  const rehearsal = await Rehearsal.start(tools, processes);
  try {
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.unlock();
    const previews: Preview[] = [];
    for (const stack of ["us-east1", "us-central1"]) {
      await pulumi.run(["stack", "select", "--create", "--stack", stack]);
      const up = await progress.step(`pulumi up -s ${stack}`, (say) =>
        pulumi.run(["up", "-s", stack, "--yes"], say),
      );
      const preview = (...more: string[]) =>
        progress.step(["pulumi preview -s", stack, ...more].join(" "), async (say) => {
          const { seconds } = await pulumi.run(["preview", "-s", stack, ...more], say);
          return seconds;
        });
      // In turns: what else the machine does then falls on both.
      const times = { without: [] as number[], withPack: [] as number[] };
      for (let round = 0; round < REPEATS; round++) {
        times.without.push(await preview());
        times.withPack.push(await preview("--policy-pack", "policy"));
      }
      previews.push({
        stack,
        resources: resourceCount(up.output),
        without: median(times.without),
        withPack: median(times.withPack),
      });
    }
    return previews;
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}
