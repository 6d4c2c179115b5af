import * as path from "node:path";
import { picture } from "../verify/picture";
import { formatOverview } from "../verify/overview";
import { formatProblems, summary } from "../verify/table";
import { runChecks } from "./checks";
import { runCommand } from "./command";
import { destroy } from "./destroy";
import { describeExisting, makeExisting } from "./existing";
import { Rehearsal } from "./host";
import { checkout, home, layout } from "./layout";
import { MemoryWatch } from "./memory";
import { type Options, parseOptions, USAGE } from "./options";
import { Processes } from "./processes";
import { createProgress, duration, type Progress } from "./progress";
import { stacksOf } from "./program";
import { Pulumi } from "./pulumi";
import { changedNothing, reported, resourceCount, writeReport } from "./report";
import { claim, clear } from "./running";
import { ensureTools } from "./tools";
import { modules } from "./tools/table";
import { envoy } from "./tools/wheel";
import { refuseWithout, trafficFor } from "./traffic/choice";
import { bringUpStacks } from "./up";

async function main(options: Options): Promise<boolean> {
  const started = Date.now();
  const progress = createProgress();
  claim();
  await refuseWithout(options.traffic);
  const tools = await ensureTools(progress);
  const traffic = await trafficFor(options.traffic, progress);
  const processes = new Processes();
  // After the engine and the clusters have ended, whose hooks were added later; what else runs goes now.
  processes.onShutdown(() => {
    progress.note("Stopping. What was made stays: npm start goes on from here.");
    return Promise.resolve();
  });
  if (options.fresh) {
    clear();
  }
  const rehearsal = await progress.step("Start the rehearsal", () =>
    Rehearsal.start(tools, processes, options.providers, traffic),
  );
  try {
    if (options.existing) {
      await progress.step("Start clusters that the program does not make", async () => {
        await makeExisting(rehearsal.project);
        await describeExisting(rehearsal);
      });
    }
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    await pulumi.unlock();
    if (options.destroy) {
      return await destroy(rehearsal, pulumi, options.stacks, progress);
    }
    const ok = await bringUp({ options, rehearsal, pulumi, progress, started });
    if (options.keep) {
      progress.note("Everything stays up until Ctrl-C. In another terminal: npm run shell");
      if (rehearsal.traffic) {
        progress.note("The global address, for a browser or curl -k, as from near");
        for (const [region, address] of Object.entries(rehearsal.traffic.addresses())) {
          progress.note(`  ${region.padEnd(16)} ${address}`);
        }
      }
      await new Promise(() => undefined);
    }
    return ok;
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

interface Run {
  options: Options;
  rehearsal: Rehearsal;
  pulumi: Pulumi;
  progress: Progress;
  started: number;
}

/** @returns whether all checks passed. */
async function bringUp({ options, rehearsal, pulumi, progress, started }: Run): Promise<boolean> {
  const memory = new MemoryWatch();
  const timings: Record<string, number> = {};
  const resources: Record<string, number> = {};
  const warnings = new Set<string>();
  const unchanged = new Set<string>();
  const runs = await bringUpStacks(pulumi, options.stacks, progress);
  for (const [stack, { output, seconds }] of runs) {
    timings[`up ${stack}`] = seconds;
    resources[stack] = resourceCount(output);
    if (changedNothing(output)) {
      unchanged.add(stack);
    }
    for (const warning of warningsOf(output)) {
      warnings.add(warning);
    }
  }
  for (const warning of warnings) {
    progress.warn(warning);
  }

  const checking = Date.now();
  const env = await rehearsal.environment();
  const { checks, scene } = await progress.step("Check the mesh", () =>
    runChecks(rehearsal, { stacks: options.stacks, env, timeout: options.timeout }),
  );
  timings.checks = (Date.now() - checking) / 1000;
  timings.total = (Date.now() - started) / 1000;

  memory.stop();
  writeReport({ checks: reported(checks), timings, memory: memory.peak, resources });
  const format = {
    color: process.stdout.isTTY && !process.env.NO_COLOR,
    width: process.stdout.columns ?? 110,
  };
  progress.note(`\n${formatOverview(checks, format)}\n`);
  progress.note(`${picture(scene, checks)}\n`);
  const failed = checks.some(({ status }) => status === "failed");
  if (failed) {
    progress.note(`${formatProblems(checks, format)}\n`);
  }
  const counts = Object.entries(resources).map(
    ([stack, count]) => `${stack} ${count} resources${unchanged.has(stack) ? ", none changed" : ""}`,
  );
  const { REHEARSAL_HOME } = process.env;
  // What is printed is typed: about this rehearsal, not about another one.
  const typed = (command: string) => `${REHEARSAL_HOME ? `REHEARSAL_HOME=${REHEARSAL_HOME} ` : ""}${command}`;
  const again = `npm start -- ${options.existing ? "--existing " : ""}`;
  progress.note(
    [
      `${summary(checks)} ${counts.join(", ")}. ` +
        `${duration(timings.total * 1000)}, at most ${megabytes(memory.peak.total)} of memory in all, ` +
        `${megabytes(memory.peak.program)} of it the program's own.`,
      ...whatIsReal(rehearsal),
      ``,
      `Left in ${path.relative(process.cwd(), home) || "."}: <cluster>.kubeconfig, logs/, state/, report.json`,
      ...(options.keep
        ? [
            `Each cluster and what was seen, in another terminal:  ${typed(`npm run shell -- -c 'npm run verify -- ${options.stacks.join(" ")}'`)}`,
          ]
        : [
            ...columns("Next:  ", [
              [
                typed("npm run shell"),
                `pulumi, kubectl and istioctl on this mesh, and npm run verify -- ${options.stacks.join(" ")}`,
              ],
              [typed(`${again}--keep`), "the same, and it stays up, with an address for a browser"],
              [typed(`${again}--destroy`), "take it down again"],
            ]),
          ]),
    ].join("\n"),
  );
  return !failed;
}

/** Commands, and beside them what they do. */
function columns(head: string, rows: [command: string, what: string][]): string[] {
  const width = Math.max(...rows.map(([command]) => command.length)) + 4;
  return rows.map(
    ([command, what], row) => `${(row === 0 ? head : "").padEnd(head.length)}${command.padEnd(width)}${what}`,
  );
}

function whatIsReal({ realPlugins, traffic }: Rehearsal): string[] {
  const { pulumi, kubernetes, istio } = modules;
  const plugins = realPlugins.map((name) => `, ${name}`).join("");
  return [
    `Real: pulumi ${pulumi.version}${plugins}, Kubernetes ${kubernetes.version}, Istio's operator, istiod and istioctl ` +
      `${istio.version} (in place of the images that the program names)` +
      (traffic ? `, Envoy ${envoy.version} in gateways and sidecars.` : "."),
    traffic
      ? "Played: Google Cloud and its load balancers, the other plugins, the verify workload's server: rehearsal/README.md"
      : "Played: Google Cloud, the other plugins, and the pods that are not Istio's control plane: rehearsal/README.md",
  ];
}

/** What the program warned of, without the engine's notices of where its plugins are. */
function warningsOf(output: string): string[] {
  return [...output.matchAll(/^ +warning: (.+)$/gm)].flatMap(([, text = ""]) =>
    text.startsWith("using pulumi-") ? [] : [text],
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

void runCommand({
  usage: USAGE,
  parse: (args) => parseOptions(args, stacksOf(checkout)),
  run: main,
  afterwards: `What was made stays: npm start goes on from here; logs are in ${layout.logs}.`,
});
