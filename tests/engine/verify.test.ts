import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Rehearsal } from "../../rehearsal/host";
import { ApiClient } from "../../rehearsal/kubernetes/client";
import { layout } from "../../rehearsal/layout";
import { Processes } from "../../rehearsal/processes";
import { createProgress } from "../../rehearsal/progress";
import { Pulumi } from "../../rehearsal/pulumi";
import { claim, clear, running } from "../../rehearsal/running";
import { ensureTools } from "../../rehearsal/tools";
import { type Check, keyOf } from "../../verify/check";
import { verify } from "../../verify/verify";
import { faults } from "./faults";
import type { BrokenMesh, Fault } from "./faults/fault";

const STACKS = ["us-east1", "us-central1"];
/** Seconds in which istiod and the controllers take notice. */
const PATIENCE = 45;

describe("verify, on a mesh that is broken in one way", function () {
  const progress = createProgress();
  const processes = new Processes();
  const before_: NodeJS.ProcessEnv = { ...process.env };
  let rehearsal: Rehearsal | undefined;
  let mesh: BrokenMesh;

  before(async () => {
    // One that a person keeps up, in the folder that REHEARSAL_HOME names, saves the time of making one.
    const env = running()?.env ?? (await start());
    Object.assign(process.env, env);
    const [east, central] = STACKS.map((name) =>
      ApiClient.fromKubeconfig(fs.readFileSync(layout.kubeconfig(name), "utf8")),
    );
    assert.ok(east && central);
    mesh = { east, central, root: await rootOf("us-east1") };
    await settled([], "before anything is broken");
  });

  after(async () => {
    await mesh?.east.close();
    await mesh?.central.close();
    await rehearsal?.stop();
    await processes.stopAll();
    for (const name of Object.keys(process.env)) {
      delete process.env[name];
    }
    Object.assign(process.env, before_);
  });

  async function start(): Promise<Record<string, string>> {
    const tools = await ensureTools(progress);
    claim();
    clear();
    rehearsal = await Rehearsal.start(tools, processes);
    const env = await rehearsal.environment();
    const pulumi = new Pulumi(tools.pulumi, processes, env);
    for (const stack of STACKS) {
      await pulumi.run(["stack", "select", "--create", "--stack", stack]);
      await progress.step(`up ${stack}`, (say) =>
        pulumi.run(["up", "-s", stack, "--yes", "--skip-preview"], say),
      );
    }
    return env;
  }

  for (const fault of faults) {
    it(`${fault.what}: ${fault.fails.join(", ")}`, async () => {
      const mend = await fault.make(mesh);
      try {
        const failed = await settled(fault.fails, fault.what);
        told(fault, failed);
      } finally {
        await mend();
      }
      await settled([], `${fault.what}, mended`);
    });
  }
});

/** Asks until exactly these checks fail. */
async function settled(expected: string[], when: string): Promise<Check[]> {
  const deadline = Date.now() + PATIENCE * 1000;
  for (;;) {
    const { checks } = await verify({ stacks: STACKS, folder: layout.program, pods: false, wait: 0 });
    const failed = checks.filter(({ status }) => status === "failed");
    const keys = failed.map(keyOf).sort();
    if (keys.join() === [...expected].sort().join()) {
      return failed;
    }
    if (Date.now() > deadline) {
      const details = failed.map((check) => `${keyOf(check)}: ${check.detail}`).join("\n");
      assert.deepEqual(keys, [...expected].sort(), `${when}\n${details}`);
    }
    await sleep(500);
  }
}

/** People read what is wrong, what it breaks, and what to do. */
function told({ fails, advice }: Fault, failed: Check[]): void {
  const first = failed.find((check) => keyOf(check) === fails[0]);
  assert.ok(first?.breaks);
  assert.match(first.fix ?? "", advice);
}

async function rootOf(stack: string): Promise<{ certificate: string; key: string }> {
  const args = ["stack", "export", "--show-secrets", "-s", stack];
  const { stdout } = await promisify(execFile)("pulumi", args, { cwd: layout.program, maxBuffer: 2 ** 27 });
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
  };
  const root = deployment.resources.find(({ urn }) => urn.endsWith("SelfSignedCert::mesh-ca-root"))?.outputs;
  const text = (value: unknown) =>
    typeof value === "string" ? value : String(JSON.parse((value as { plaintext: string }).plaintext));
  assert.ok(root);
  return { certificate: text(root.certPem), key: text(root.privateKeyPem) };
}
