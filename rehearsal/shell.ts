import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { Rehearsal } from "./host";
import { home, layout } from "./layout";
import { Processes } from "./processes";
import { createProgress } from "./progress";
import { running } from "./running";
import { ensureTools } from "./tools";
import { trafficFor } from "./traffic/choice";

/** A shell in which `pulumi`, `kubectl` and `istioctl` work on the rehearsal; its arguments are the shell's own. */
async function main(args: string[]): Promise<number> {
  const up = running();
  if (up) {
    return shell(args, up.env);
  }
  if (!fs.existsSync(layout.google)) {
    throw new Error(`There is no rehearsal in ${home} yet: npm start`);
  }
  // Progress goes to the error stream: the output is that of the command.
  const progress = createProgress({ stream: process.stderr });
  const tools = await ensureTools(progress);
  const traffic = await trafficFor("auto", progress);
  const processes = new Processes();
  const rehearsal = await progress.step("Start the rehearsal", () =>
    Rehearsal.start(tools, processes, "auto", traffic),
  );
  try {
    return await shell(args, running()?.env ?? {});
  } finally {
    await rehearsal.stop();
    await processes.stopAll();
  }
}

function shell(args: string[], env: Record<string, string>): Promise<number> {
  const command = process.env.SHELL ?? "/bin/sh";
  if (args.length === 0) {
    console.error(
      "pulumi, kubectl and istioctl work here; kubectl --context us-east1 chooses a cluster. exit ends it.",
    );
    for (const [variable, address] of Object.entries(env).filter(([name]) => name.startsWith("NEAR_"))) {
      console.error(`curl -k $${variable}    asks the global address as from near there: ${address}`);
    }
  }
  const child = spawn(command, args, {
    cwd: layout.program,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  // Ctrl-C is for what runs in the shell.
  process.on("SIGINT", () => undefined);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
