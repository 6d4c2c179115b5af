import fc from "fast-check";
import assert from "node:assert/strict";
import type { Registered, Run } from "./mocks";
import { configOf, meshOf, runProgram } from "./program";
import { all, PROVIDER, SECRET } from "./support";

const REGIONS = ["us-east1", "us-central1", "europe-west1", "asia-east1", "us-west1", "europe-north1"];

/** A stack, in the order in which they come up. */
interface Joining {
  name: string;
  clusters: string[];
  /** Everything that is up, in the order in which somebody wrote it down. */
  peers: string[];
}

interface Growth {
  configCluster: string;
  stacks: Joining[];
}

/** Two to six clusters, in stacks of one or more; the config cluster's stack comes first, the others in any order. */
const growth: fc.Arbitrary<Growth> = fc
  .tuple(
    fc.shuffledSubarray(REGIONS, { minLength: 2 }),
    fc.array(fc.boolean(), { minLength: REGIONS.length, maxLength: REGIONS.length }),
    fc.array(fc.shuffledSubarray(REGIONS, { minLength: REGIONS.length }), {
      minLength: REGIONS.length,
      maxLength: REGIONS.length,
    }),
  )
  .chain(([clusters, alone, orders]) => {
    const owned = clusters.reduce<string[][]>((stacks, cluster, index) => {
      const last = stacks.at(-1);
      return last && !alone[index] ? [...stacks.slice(0, -1), [...last, cluster]] : [...stacks, [cluster]];
    }, []);
    const stacks = owned.map((names, index): Joining => {
      const before = owned.slice(0, index).flat();
      return {
        name: `stack-${index}`,
        clusters: names,
        peers: (orders[index] ?? []).filter((name) => before.includes(name)),
      };
    });
    return fc.constantFrom(...(owned[0] ?? [])).map((configCluster) => ({ configCluster, stacks }));
  });

/** Runs the stacks one after the other; each reads what those before it export. */
async function grow({ configCluster, stacks }: Growth): Promise<Run[]> {
  const base = configOf("us-east1");
  const clusters = Object.fromEntries(
    stacks.flatMap(({ name, clusters }) =>
      clusters.map((cluster) => {
        const block = 16 + 4 * REGIONS.indexOf(cluster);
        const ranges = {
          nodes: `10.${block}.0.0/20`,
          services: `10.${block}.16.0/20`,
          pods: `10.${block + 1}.0.0/16`,
        };
        return [cluster, { ranges, stack: name }];
      }),
    ),
  );
  const mesh = { ...meshOf(base), cidr: "10.0.0.0/10", configCluster, clusters, verifyWorkload: false };
  const runs: Record<string, Run> = {};
  for (const { name, clusters, peers } of stacks) {
    const up = Object.entries(runs).map(([stack, run]) => [`organization/mesh/${stack}`, run] as const);
    const own = { "mesh:mesh": mesh, "mesh:clusters": clusters, "mesh:peers": peers };
    runs[name] = await runProgram({ ...base, ...own }, { stack: name, stacks: Object.fromEntries(up) });
  }
  return Object.values(runs);
}

/** The cluster that an object is in, whether its stack owns that one or reads it. */
function clusterOf({ provider = "" }: Registered): string {
  return provider.replace(`${PROVIDER}::mesh-`, "").replace(/^peer-/, "");
}

describe("clusters that join a mesh in any order, in stacks of one or more", function () {
  this.timeout(300_000);

  it("are linked once with every other cluster, in both directions, by the stack that comes later", async () => {
    const property = fc.asyncProperty(growth, async (mesh) => {
      const runs = await grow(mesh);
      const links = runs.flatMap(({ errors, resources }, index) => {
        assert.deepEqual(errors, []);
        return all(resources, SECRET)
          .filter(({ name }) => name.includes("-for-"))
          .map((secret) => `stack-${index}: ${secret.name} in ${clusterOf(secret)}`);
      });
      const expected = mesh.stacks.flatMap(({ name, clusters, peers }) =>
        clusters.flatMap((cluster, index) =>
          [...peers, ...clusters.slice(0, index)].flatMap((other) =>
            [
              [cluster, other],
              [other, cluster],
            ].flatMap(([of, reader]) => [
              `${name}: mesh-${of}-for-${reader}-token in ${of}`,
              `${name}: mesh-${of}-for-${reader}-kubeconfig in ${reader}`,
            ]),
          ),
        ),
      );
      assert.deepEqual(links.sort(), expected.sort());
      const count = mesh.stacks.flatMap(({ clusters }) => clusters).length;
      assert.equal(links.length, 2 * count * (count - 1));
    });
    await fc.assert(property, {
      seed: Number(process.env.CONFIG_SEED ?? 1),
      // Up to six programs each.
      numRuns: 3,
    });
  });
});
