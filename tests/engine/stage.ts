import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runChecks } from "../../rehearsal/checks";
import { Rehearsal } from "../../rehearsal/host";
import { layout } from "../../rehearsal/layout";
import { Processes } from "../../rehearsal/processes";
import { createProgress, type Progress } from "../../rehearsal/progress";
import { Pulumi, type PulumiRun } from "../../rehearsal/pulumi";
import { claim, clear } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";
import type { TrafficTools } from "../../rehearsal/tools/traffic";
import type { Check } from "../../verify/check";

const run = promisify(execFile);

/** A rehearsal that begins with nothing, and what a person types in it. */
export class Stage {
  /** There is one at a time: they share a folder. */
  private static current?: Stage;

  private constructor(
    readonly rehearsal: Rehearsal,
    readonly pulumi: Pulumi,
    readonly progress: Progress,
    private readonly processes: Processes,
  ) {}

  /** Closes the one before it. @param traffic undefined: pods only look ready. */
  static async open(traffic?: TrafficTools): Promise<Stage> {
    await Stage.current?.close();
    const progress = createProgress();
    const processes = new Processes();
    const tools = await ensureTools(progress);
    claim();
    clear();
    const rehearsal = await Rehearsal.start(tools, processes, "auto", traffic);
    const pulumi = new Pulumi(tools.pulumi, processes, await rehearsal.environment());
    Stage.current = new Stage(rehearsal, pulumi, progress, processes);
    return Stage.current;
  }

  get isOpen(): boolean {
    return Stage.current === this;
  }

  async close(): Promise<void> {
    if (!this.isOpen) {
      return;
    }
    Stage.current = undefined;
    await this.rehearsal.stop();
    await this.processes.stopAll();
  }

  /** @param options such as `-C folder`, for another program than the repository's. */
  async create(stack: string, ...options: string[]): Promise<void> {
    await this.pulumi.run(["stack", "select", "--create", "--stack", stack, ...options]);
  }

  up(stack: string, ...options: string[]): Promise<PulumiRun> {
    return this.progress.step(`up ${stack}`, (say) =>
      this.pulumi.run(["up", "-s", stack, "--yes", "--skip-preview", ...options], say),
    );
  }

  async unchanged(stack: string, ...options: string[]): Promise<void> {
    await this.up(stack, "--expect-no-changes", ...options);
  }

  /** Protection off first, then destroy. */
  async destroy(stack: string, ...options: string[]): Promise<void> {
    await this.unprotect(stack, ...options);
    await this.takeDown(stack, options);
  }

  async unprotect(stack: string, ...options: string[]): Promise<void> {
    await this.up(stack, "-c", "deletionProtection=false", ...options);
  }

  /** `pulumi destroy` of a stack that is not protected any more. */
  async takeDown(stack: string, options: string[] = [], env: Record<string, string> = {}): Promise<void> {
    await this.progress.step(`destroy ${stack}`, (say) =>
      this.pulumi.run(["destroy", "-s", stack, "--yes", "--skip-preview", ...options], say, env),
    );
  }

  /** @param env more environment for this run */
  async refresh(stack: string, options: string[] = [], env: Record<string, string> = {}): Promise<PulumiRun> {
    return this.progress.step(`refresh ${stack}`, (say) =>
      this.pulumi.run(["refresh", "-s", stack, "--yes", "--skip-preview", ...options], say, env),
    );
  }

  /** `pulumi config set --secret --path KEY < file`, in the program's folder. */
  async setSecret(stack: string, key: string, value: string): Promise<void> {
    const args = ["config", "set", "--secret", "--path", key, "-s", stack, "--non-interactive"];
    const { tools } = this.rehearsal;
    const command = run(tools.pulumi, args, {
      cwd: layout.program,
      env: { ...process.env, ...(await this.rehearsal.environment()) },
    });
    command.child.stdin?.end(value);
    await command;
  }

  /** A stack's output, as `pulumi stack output` prints it. */
  async output(name: string, stack: string, ...options: string[]): Promise<string> {
    const { output } = await this.pulumi.run(["stack", "output", name, "-s", stack, ...options]);
    return output.trim();
  }

  /**
   * @param stacks whose files name the clusters that have to be there
   * @param program another than the repository's, with its stacks
   */
  async passesEveryCheck(stacks: string[], program?: { folder: string; stacks: string[] }): Promise<Check[]> {
    const { checks } = await this.progress.step("checks", async () =>
      runChecks(this.rehearsal, { stacks, program, env: await this.rehearsal.environment() }),
    );
    assert.ok(checks.filter(({ status }) => status === "ok").length > 40);
    assert.deepEqual(
      checks.filter(({ status }) => status === "failed"),
      [],
    );
    return checks;
  }
}
