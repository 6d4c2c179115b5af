import * as fs from "node:fs";
import { checkout, home } from "./layout";
import { type Options, parseOptions, USAGE } from "./options";
import { Processes } from "./processes";
import { createProgress, type Progress } from "./progress";
import { stacksOf } from "./program";
import { Pulumi } from "./pulumi";
import { Rehearsal } from "./host";
import { ensureTools } from "./tools";

async function main(options: Options): Promise<boolean> {
  const progress = createProgress();
  const tools = await ensureTools(progress);
  const processes = new Processes();
  if (options.fresh) {
    fs.rmSync(home, { recursive: true, force: true });
  }
  const rehearsal = await progress.step("Start the rehearsal", () => Rehearsal.start(tools, processes));
  const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
  try {
    for (const stack of options.stacks) {
      await up(pulumi, stack, progress);
    }
    if (options.keep) {
      progress.note("Everything stays up until Ctrl-C. In another terminal: npm run shell");
      await new Promise(() => undefined);
    }
    return true;
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

async function up(pulumi: Pulumi, stack: string, progress: Progress): Promise<void> {
  await pulumi.run(["stack", "select", "--create", "--stack", stack]);
  await progress.step(`pulumi up -s ${stack}`, (say) => pulumi.run(["up", "-s", stack, "--yes"], say));
}

const options = (() => {
  try {
    return parseOptions(process.argv.slice(2), stacksOf(checkout));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
})();
if (options.help) {
  console.log(USAGE);
} else {
  main(options).then(
    (ok) => process.exit(ok ? 0 : 1),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
