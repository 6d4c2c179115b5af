import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { drill, type Drilled } from "../../../rehearsal/drill/drill";
import { Load } from "../../../rehearsal/drill/load";
import { outages } from "../../../rehearsal/drill/outages";
import { createProgress } from "../../../rehearsal/progress";
import { ensureTrafficTools } from "../../../rehearsal/tools/traffic";
import { whyNoNamespaces } from "../../../rehearsal/traffic/namespaces";
import { STACKS } from "../sharedMesh";
import { Stage } from "../stage";

/** Seconds; the load balancer's health checks take up to 15 of them. */
const AWAY = 60;

/** Seconds. */
const PATIENCE = 120;

describe("a drill, as the mesh is by default", function () {
  let mesh: Stage;

  before(async function () {
    const reason = await whyNoNamespaces();
    if (reason) {
      console.log(`    no request is sent: ${reason}`);
      this.skip();
    }
    mesh = await Stage.open(await ensureTrafficTools(createProgress()));
    for (const stack of STACKS) {
      await mesh.create(stack);
      await mesh.up(stack);
    }
  });

  after(() => mesh?.close());

  for (const [id, lost, left] of [
    ["workload", "us-central1", "us-east1"],
    ["cluster", "us-central1", "us-east1"],
    ["config-cluster", "us-east1", "us-central1"],
  ] as const) {
    it(`leaves requests to the other region while it lasts, and they come back to both: ${id}`, async () => {
      const { cluster, gone } = await goes(mesh, id);
      assert.equal(cluster, lost);
      assert.ok(gone.recovered, JSON.stringify(gone));
      assert.ok((gone.answers[left] ?? 0) > 0, JSON.stringify(gone));
      await answeredByAll(mesh);
    });
  }
});

/** An endpoint that was taken out comes back by and by. */
async function answeredByAll({ rehearsal }: Stage): Promise<void> {
  assert.ok(rehearsal.traffic);
  const load = Load.start(rehearsal.traffic, { perSecond: 5, timeoutMs: 5000 });
  const answered = () => new Set(load.ended.filter(({ error }) => !error).map(({ cluster }) => cluster));
  const deadline = Date.now() + PATIENCE * 1000;
  while (!STACKS.every((cluster) => answered().has(cluster)) && Date.now() < deadline) {
    await sleep(500);
  }
  await load.stop();
  assert.deepEqual([...answered()].sort(), [...STACKS].sort());
}

async function goes({ rehearsal }: Stage, wanted: string): Promise<Drilled> {
  const [result] = await drill(
    rehearsal,
    {
      cluster: "us-central1",
      away: AWAY,
      perSecond: 5,
      timeoutMs: 5000,
      outages: outages.filter(({ id }) => id === wanted),
    },
    createProgress(),
  );
  assert.ok(result);
  return result;
}
