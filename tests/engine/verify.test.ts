import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ApiClient } from "../../rehearsal/kubernetes/client";
import { checkout, layout } from "../../rehearsal/layout";
import { running } from "../../rehearsal/running";
import { type Check, keyOf, runChecks } from "../../verify/check";
import type { Mesh } from "../../verify/mesh";
import { questionsOf } from "../../verify/questions";
import { meshOf, stackOutputs } from "../../verify/stacks";
import type { Verification } from "../../verify/verify";
import { faults } from "./faults";
import type { BrokenMesh, Fault } from "./faults/fault";
import { sharedMesh, STACKS } from "./sharedMesh";

/**
 * `npm run test:faults` tries all of them; the others those that stand for a part. With `FAULTS=advice` it types what is
 * advised also where that takes a whole `pulumi up`.
 */
const { FAULTS } = process.env;
const tried = FAULTS ? faults : faults.filter(({ always }) => always);

/** Seconds in which istiod, proxies and load balancers take notice. */
const PATIENCE = 180;

/** Between the two looks that have to see the same, in ms: what comes late is seen by the second. */
const HOLD = 2000;

/** Seconds that an answer may take: a busy machine is no fault of the mesh. */
const TIMEOUT = 60;

const run = promisify(execFile);

describe("verify, on a mesh that is broken in one way", function () {
  const before_: NodeJS.ProcessEnv = { ...process.env };
  let mesh: BrokenMesh;
  let asked: Mesh;
  let close: () => void = () => undefined;
  let carriesTraffic = false;

  before(async () => {
    // One that a person keeps up, in the folder that REHEARSAL_HOME names, saves the time of making one.
    if (!running()) {
      await sharedMesh();
    }
    Object.assign(process.env, running()?.env);
    const [east, central] = STACKS.map((name) =>
      ApiClient.fromKubeconfig(fs.readFileSync(layout.kubeconfig(name), "utf8")),
    );
    assert.ok(east && central);
    mesh = { east, central, root: await rootOf("us-east1") };
    const outputs = await Promise.all(STACKS.map((stack) => stackOutputs(stack, layout.program)));
    ({ mesh: asked, close } = await meshOf(outputs, { pods: true, timeout: TIMEOUT }));
    const checks = await settled([], "before anything is broken");
    carriesTraffic = checks.some(({ id, ok }) => id === "answers" && ok);
  });

  after(async () => {
    close();
    await mesh?.east.close();
    await mesh?.central.close();
    for (const name of Object.keys(process.env)) {
      delete process.env[name];
    }
    Object.assign(process.env, before_);
  });

  it("ends with 0 when it is whole", async () => {
    const { code, stdout } = await command("--wait", "60", ...STACKS);
    assert.match(stdout, /checks passed.*Stacks: us-east1, us-central1\./s);
    assert.equal(code, 0, stdout);
  });

  it("ends with 1 when it is not, and tells machines why", async () => {
    const fault = faults.find(({ what }) => what === "a second disruption budget");
    const mend = await fault?.make(mesh);
    try {
      const { code, stdout } = await command("--json", "--no-pods", ...STACKS);
      const { checks } = JSON.parse(stdout) as Verification;
      const broken = checks.find((check) => keyOf(check) === "drain us-central1");
      assert.equal(code, 1);
      assert.equal(broken?.status, "failed");
      assert.match(broken.detail, /2 PodDisruptionBudgets/);
      assert.ok(broken.breaks && broken.fix && broken.needs.length > 0);
      assert.doesNotMatch(stdout, /PRIVATE KEY/);
    } finally {
      await mend?.();
    }
    await settled([], "mended");
  });

  for (const fault of tried) {
    it(`${fault.what}: ${fault.fails.join(", ")}`, async function () {
      if (fault.traffic && !carriesTraffic) {
        this.skip();
      }
      const mend = await fault.make(mesh);
      try {
        const checks = await settled(fault.fails, fault.what);
        told(fault, checks);
        if (isTyped(fault)) {
          await type(fault);
          await settled([], `${fault.what}, after what was advised`);
        }
      } finally {
        await mend();
      }
      await settled([], `${fault.what}, mended`);
    });
  }

  /** Asks until exactly these checks fail; twice, if any. */
  async function settled(expected: string[], when: string): Promise<Check[]> {
    const deadline = Date.now() + PATIENCE * 1000;
    const wanted = [...expected].sort();
    let held = wanted.length === 0;
    for (;;) {
      const checks = await runChecks(questionsOf({ ...asked, now: new Date() }), { timeout: TIMEOUT });
      const failed = checks.filter(({ status }) => status === "failed");
      const keys = failed.map(keyOf).sort();
      const matches = keys.join() === wanted.join();
      if (matches && held) {
        return checks;
      }
      if (Date.now() > deadline) {
        const details = failed.map((check) => `${keyOf(check)}: ${check.detail}`).join("\n");
        assert.deepEqual(keys, wanted, `${when}\n${details}`);
      }
      held = matches;
      await sleep(matches ? HOLD : 500);
    }
  }
});

/** People read what is wrong, what it breaks, and what to do. */
function told({ fails, advice, typed = [] }: Fault, checks: Check[]): void {
  const first = checks.find((check) => keyOf(check) === fails[0]);
  assert.ok(first?.breaks);
  assert.match(first.fix ?? "", advice);
  for (const line of typed) {
    assert.ok(first.fix?.includes(line), `${line} is not in: ${first.fix}`);
  }
  for (const { fix = "" } of checks) {
    assert.doesNotMatch(fix, /NAME/);
  }
}

function isTyped({ typed = [] }: Fault): boolean {
  return typed.length > 0 && (FAULTS === "advice" || !typed.some((line) => line.startsWith("pulumi")));
}

/** Does what the advice says, as a person would. */
async function type({ typed = [] }: Fault): Promise<void> {
  for (const line of typed) {
    const agreed = line.startsWith("pulumi") ? `${line} --yes --skip-preview --non-interactive` : line;
    await run("sh", ["-c", agreed], { cwd: layout.program, maxBuffer: 2 ** 26 });
  }
}

/** `npm run verify`, in a process of its own. */
async function command(...args: string[]): Promise<{ code: number; stdout: string }> {
  const tsx = path.join(checkout, "node_modules", ".bin", "tsx");
  const options = { cwd: layout.program, maxBuffer: 2 ** 26 };
  return run(tsx, [path.join(checkout, "verify", "main.ts"), ...args], options).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

async function rootOf(stack: string): Promise<{ certificate: string; key: string }> {
  const args = ["stack", "export", "--show-secrets", "-s", stack];
  const { stdout } = await run("pulumi", args, { cwd: layout.program, maxBuffer: 2 ** 27 });
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
  };
  const root = deployment.resources.find(({ urn }) => urn.endsWith("SelfSignedCert::mesh-ca-root"))?.outputs;
  const text = (value: unknown) =>
    typeof value === "string" ? value : String(JSON.parse((value as { plaintext: string }).plaintext));
  assert.ok(root);
  return { certificate: text(root.certPem), key: text(root.privateKeyPem) };
}
