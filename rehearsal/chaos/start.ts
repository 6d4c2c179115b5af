import { Rehearsal } from "../host";
import { Processes } from "../processes";
import { createProgress, duration } from "../progress";
import { Pulumi } from "../pulumi";
import { claim, clear } from "../running";
import { ensureTools } from "../tools";
import { changesPart } from "./changesPart";
import { faultPart } from "./faultPart";
import type { Gate } from "./gate";
import { Killer } from "./killer";
import { killPart } from "./killPart";
import { type ChaosOptions, DEFAULT_PARTS, parseChaosOptions, USAGE } from "./options";
import { Seeded } from "./seed";
import { waitsPart } from "./waitsPart";

async function main(options: ChaosOptions): Promise<void> {
  const started = Date.now();
  const progress = createProgress();
  claim();
  const tools = await ensureTools(progress);
  const processes = new Processes();
  if (options.fresh) {
    clear();
  }
  const killer = new Killer();
  const gates: { current: Gate } = { current: killer.gate };
  const rehearsal = await progress.step("Start the rehearsal", () =>
    Rehearsal.start(tools, processes, "stand-in", undefined, (call, carryOut) =>
      gates.current(call, carryOut),
    ),
  );
  try {
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.unlock();
    const scene = { rehearsal, pulumi, killer, random: new Seeded(options.seed), progress };
    const parts = {
      kill: () => killPart(scene, options),
      faults: () => faultPart(scene, options, gates),
      changes: () => changesPart(scene),
      waits: () => waitsPart(scene),
    };
    for (const part of options.only ? [options.only] : DEFAULT_PARTS) {
      await parts[part]();
    }
    progress.note(`Done after ${duration(Date.now() - started)}.`);
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

function readOptions(): ChaosOptions {
  try {
    return parseChaosOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
} else {
  main(options).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
