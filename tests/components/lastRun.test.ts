import assert from "node:assert/strict";
import { checkBeforehand } from "../../components/beforehand";
import { readMesh } from "../../components/config/validate";
import { makeCa } from "../../rehearsal/certificates";
import type { Run, StackOutputs } from "./mocks";
import { configOf, meshOf, runProgram } from "./program";

const EAST = "us-east1";
const CENTRAL = "us-central1";

type Clusters = Record<
  string,
  { region?: string; ranges?: Record<string, string>; existing?: object; namedNeg?: string }
>;

/** A stack's configuration, whose mesh was changed. */
function changed(stack: string, change: (mesh: Record<string, unknown> & { clusters: Clusters }) => void) {
  const config = configOf(stack);
  const mesh = meshOf(config) as Record<string, unknown> & { clusters: Clusters };
  change(mesh);
  return { ...config, "mesh:mesh": mesh };
}

describe("what never changes while a mesh is up", () => {
  let stacks: StackOutputs;

  before(async () => {
    const east = await runProgram(configOf(EAST), { stack: EAST });
    const central = await runProgram(configOf(CENTRAL), {
      stack: CENTRAL,
      stacks: { [`organization/mesh/${EAST}`]: east },
    });
    assert.deepEqual([...east.errors, ...central.errors], []);
    stacks = { [`organization/mesh/${EAST}`]: east, [`organization/mesh/${CENTRAL}`]: central };
  });

  const again = (stack: string, change: Parameters<typeof changed>[1], others = stacks): Promise<Run> =>
    runProgram(changed(stack, change), { stack, stacks: others });

  function refused({ resources, errors }: Run): string {
    assert.deepEqual(resources, []);
    assert.equal(errors.length, 1);
    const message = String(errors[0]);
    assert.match(
      message,
      /This stack's last run had something else that never changes; nothing was changed\.\n/,
    );
    return message;
  }

  it("is free in a run that changes none of it", async () => {
    for (const stack of [EAST, CENTRAL]) {
      assert.deepEqual((await again(stack, () => undefined)).errors, []);
    }
  });

  it("is the mesh's id: another one would make everything anew", async () => {
    const message = refused(await again(EAST, (mesh) => (mesh.id = "mesh2")));
    assert.match(message, /mesh\.id was mesh, and would be mesh2 now\. .*write mesh\.id: mesh again/);
  });

  it("is a range that Google keeps: it would be refused after other changes were made", async () => {
    const message = refused(
      await again(CENTRAL, ({ clusters }) => {
        Object.assign(clusters[CENTRAL]?.ranges ?? {}, { pods: "10.22.0.0/16" });
      }),
    );
    assert.match(
      message,
      /mesh\.clusters\.us-central1\.ranges\.pods was 10\.21\.0\.0\/16, which Google keeps .*: write 10\.21\.0\.0\/16 again/,
    );
  });

  it("is nobody else's range, and none that Google widens", async () => {
    const others = await again(EAST, ({ clusters }) => {
      Object.assign(clusters[CENTRAL]?.ranges ?? {}, { pods: "10.22.0.0/16" });
    });
    assert.deepEqual(others.errors, []);
    const wider = await again(CENTRAL, ({ clusters }) => {
      Object.assign(clusters[CENTRAL]?.ranges ?? {}, { nodes: "10.20.0.0/20" });
    });
    assert.deepEqual(wider.errors, []);
    const last = stacks[`organization/mesh/${CENTRAL}`]?.outputs.mesh as { clusters: Clusters };
    const narrow = structuredClone(last);
    Object.assign(narrow.clusters[CENTRAL]?.ranges ?? {}, { nodes: "10.20.0.0/21" });
    const outputs = { ...stacks[`organization/mesh/${CENTRAL}`]?.outputs, mesh: narrow };
    const widened = await again(CENTRAL, () => undefined, {
      ...stacks,
      [`organization/mesh/${CENTRAL}`]: { outputs, secretOutputs: [] },
    });
    assert.deepEqual(widened.errors, []);
  });

  it("is a cluster's region, and that its nodes' range holds what it held", async () => {
    const message = refused(
      await again(CENTRAL, ({ clusters }) => {
        const { ranges, ...entry } = clusters[CENTRAL] ?? {};
        clusters[CENTRAL] = { ...entry, region: "us-west1", ranges: { ...ranges, nodes: "10.22.0.0/20" } };
      }),
    );
    assert.match(message, /us-central1\.region was us-central1, which Google keeps/);
    assert.match(message, /us-central1\.ranges\.nodes was 10\.20\.0\.0\/20, and may only become wider/);
  });

  it("is who made the cluster", async () => {
    const run = await runProgram(
      {
        ...changed(CENTRAL, ({ clusters }) => {
          const { namedNeg: _, ...entry } = clusters[CENTRAL] ?? {};
          clusters[CENTRAL] = {
            ...entry,
            existing: {
              server: "https://10.20.0.2",
              membershipLink: "//container.googleapis.com/projects/p/locations/us-central1/clusters/c",
            },
          };
        }),
        "mesh:kubeconfig-us-central1": KUBECONFIG,
      },
      { stack: CENTRAL, stacks },
    );
    assert.match(
      refused(run),
      /us-central1\.existing is new, and this stack made the cluster: .*Take existing out/,
    );
  });

  it("is the entry of a cluster whose stack is up: the home cluster's stack signs for it", async () => {
    const without = ({ clusters }: { clusters: Clusters }) => delete clusters[CENTRAL];
    const message = refused(await again(EAST, without));
    assert.match(
      message,
      /has no us-central1 any more, and stack us-central1 is still up with it.*: pulumi up -s us-central1 -c mesh:deletionProtection=false; pulumi destroy -s us-central1;/,
    );
    // One of several is not destroyed with the others.
    const central = stacks[`organization/mesh/${CENTRAL}`];
    const clusters = { ...(central?.outputs.clusters as object), "asia-east1": {} };
    const west = { outputs: { ...central?.outputs, clusters }, secretOutputs: [] };
    const several = refused(
      await again(EAST, without, { ...stacks, [`organization/mesh/${CENTRAL}`]: west }),
    );
    assert.match(
      several,
      /take us-central1 out of mesh:clusters of stack us-central1, which has asia-east1 too/,
    );
    assert.doesNotMatch(several, /pulumi destroy/);
    // After its destroy it may go.
    const destroyed = { ...stacks, [`organization/mesh/${CENTRAL}`]: { outputs: {}, secretOutputs: [] } };
    assert.deepEqual((await again(EAST, without, destroyed)).errors, []);
  });

  it("is not known of a stack whose last run was an older version's", async () => {
    const east = stacks[`organization/mesh/${EAST}`];
    const { mesh, ...rest } = east?.outputs ?? {};
    const { clusters, ...older } = mesh as { clusters: Clusters };
    const names = Object.keys(clusters).map((name) => [name, { stack: name, region: name, network: name }]);
    const outputs = { ...rest, mesh: { ...older, clusters: Object.fromEntries(names) as object } };
    const run = await again(
      EAST,
      ({ clusters: map }) => Object.assign(map[EAST]?.ranges ?? {}, { pods: "10.18.0.0/16" }),
      { ...stacks, [`organization/mesh/${EAST}`]: { outputs, secretOutputs: [] } },
    );
    assert.deepEqual(run.errors, []);
  });
});

describe("what a program asks beforehand", () => {
  it("is of clusters that are in the mesh's map", async () => {
    const selection = { clusters: [EAST], peers: [] };
    const { mesh } = readMesh(meshOf(configOf(EAST)), selection);
    await assert.rejects(checkBeforehand({ project: "p", mesh, clusters: ["us-eest1"], peers: ["nobody"] }), {
      message:
        "2 mistakes in the mesh's configuration; nothing was changed.\n" +
        '  - mesh:clusters = "us-eest1": is not in mesh.clusters: did you mean us-east1? (there is us-central1, us-east1)\n' +
        '  - mesh:peers = "nobody": is not in mesh.clusters: there is us-central1, us-east1',
    });
  });
});

const AUTHORITY = Buffer.from(makeCa("cluster").certificate).toString("base64");
const KUBECONFIG = JSON.stringify({
  "current-context": "c",
  clusters: [
    { name: "c", cluster: { server: "https://10.20.0.2", "certificate-authority-data": AUTHORITY } },
  ],
  contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  users: [{ name: "c", user: { token: "hush" } }],
});
