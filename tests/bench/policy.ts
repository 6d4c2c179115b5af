import { parseArgs } from "node:util";
import type { Registered } from "../components/mocks";
import { previewTimes } from "./engine";
import { resourcesOfMesh } from "./mesh";
import { Pack } from "./pack";
import { median, report, type Size } from "./report";

const SIZES = [2, 5, 10, 20];
const REPEATS = 3;

const USAGE = `Usage: npm run bench:policy [-- OPTIONS]

Measures what the policy pack costs: its start, each resource, and the rules of the whole stack, for meshes of ${SIZES.join(", ")}
clusters; and its share of \`pulumi preview\` on the rehearsal, which it brings up (in .rehearsal-bench) or finds up.

  --json         figures for programs
  --no-engine    only the pack, without the rehearsal
  --help         this text`;

async function main(json: boolean, engine: boolean): Promise<void> {
  const starts = [];
  const sizes: Size[] = [];
  for (const clusters of SIZES) {
    const { startMs, ...size } = await measure(clusters);
    sizes.push(size);
    starts.push(startMs);
  }
  const figures = { startMs: median(starts), sizes, previews: engine ? await previewTimes() : [] };
  console.log(json ? JSON.stringify(figures, undefined, 2) : report(figures));
}

async function measure(clusters: number): Promise<Size & { startMs: number }> {
  const resources = await resourcesOfMesh(clusters);
  const pack = await Pack.start();
  try {
    const rounds: Round[] = [];
    for (let round = 0; round < REPEATS; round++) {
      rounds.push(await judgeAll(pack, resources));
    }
    const of = (key: keyof Round) => median(rounds.map((round) => round[key]));
    return {
      clusters,
      resources: resources.length,
      startMs: pack.startMs,
      // A preview has only the first round, before the runtime has made the rules fast.
      firstMs: rounds[0]?.resourceMs ?? NaN,
      resourceMs: of("resourceMs"),
      wayMs: of("wayMs"),
      stackMs: of("stackMs"),
    };
  } finally {
    await pack.stop();
  }
}

interface Round {
  resourceMs: number;
  wayMs: number;
  stackMs: number;
}

async function judgeAll(pack: Pack, resources: Registered[]): Promise<Round> {
  const findings: string[] = [];
  const judging = await timed(async () => {
    for (const resource of resources) {
      findings.push(...(await pack.judge(resource)));
    }
  });
  const asking = await timed(async () => {
    for (let question = 0; question < resources.length; question++) {
      await pack.askNothing();
    }
  });
  const stackMs = await timed(async () => {
    findings.push(...(await pack.judgeStack(resources)));
  });
  assertNothing(findings);
  return { resourceMs: judging / resources.length, wayMs: asking / resources.length, stackMs };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** What is wrong takes other ways through a rule. */
function assertNothing(findings: string[]): void {
  if (findings.length > 0) {
    throw new Error(
      `The mesh that is measured is none that the pack lets pass:\n${findings.slice(0, 5).join("\n")}`,
    );
  }
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    engine: { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (values.help) {
  console.log(USAGE);
} else {
  main(values.json, values.engine).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
