import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ApiClient } from "../../rehearsal/kubernetes/client";
import { layout } from "../../rehearsal/layout";
import { running } from "../../rehearsal/running";
import { type Check, keyOf } from "../../verify/check";
import { verify } from "../../verify/verify";
import { faults } from "./faults";
import type { BrokenMesh, Fault } from "./faults/fault";
import { rehearsedMesh, type RehearsedMesh, STACKS } from "./rehearsedMesh";

/** `npm run test:faults` tries all of them, which takes a quarter of an hour; the others those that stand for a part. */
const tried = process.env.FAULTS === "all" ? faults : faults.filter(({ always }) => always);

/** Seconds in which istiod and the controllers take notice. */
const PATIENCE = 45;

describe("verify, on a mesh that is broken in one way", function () {
  const before_: NodeJS.ProcessEnv = { ...process.env };
  let made: RehearsedMesh | undefined;
  let mesh: BrokenMesh;

  before(async () => {
    // One that a person keeps up, in the folder that REHEARSAL_HOME names, saves the time of making one.
    const kept = running()?.env;
    made = kept ? undefined : await rehearsedMesh();
    Object.assign(process.env, kept ?? made?.env);
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
    await made?.stop();
    for (const name of Object.keys(process.env)) {
      delete process.env[name];
    }
    Object.assign(process.env, before_);
  });

  for (const fault of tried) {
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
