import assert from "node:assert/strict";
import type { Run } from "./mocks";
import { type Config, configOf, meshOf, runProgram } from "./program";
import { all, assertBefore, one, SECRET, valueAt } from "./support";

const INGRESS = "kubernetes:networking.gke.io/v1:MultiClusterIngress";
const FEATURE = "gcp:gkehub/feature:Feature";
const MANAGED = "gcp:compute/managedSslCertificate:ManagedSslCertificate";
const [EAST, CENTRAL] = ["us-east1", "us-central1"];
const MOVED = { configCluster: CENTRAL, homeCluster: EAST };

function configured(stack: string, fields: object = {}): Config {
  const base = configOf(stack);
  return { ...base, "mesh:mesh": { ...meshOf(base), ...fields } };
}

/** A run of a stack after runs of others. */
function up(stack: string, fields: object, others: Record<string, Run>): Promise<Run> {
  const stacks = Object.fromEntries(
    Object.entries(others).map(([name, run]) => [`organization/mesh/${name}`, run]),
  );
  return runProgram(configured(stack, fields), { stack, stacks });
}

function said({ errors, resources }: Run): string {
  assert.deepEqual(resources, []);
  return errors.map(({ message }) => message).join("\n");
}

function membershipNamed({ resources }: Run): unknown {
  return valueAt(one(resources, FEATURE).inputs, "spec", "multiclusteringress", "configMembership");
}

describe("the config cluster moves from one stack to another", () => {
  let first_: { east: Run; central: Run };
  let central: Run;
  let east: Run;

  before(async () => {
    const first = await up(EAST, {}, {});
    first_ = { east: first, central: await up(CENTRAL, {}, { [EAST]: first }) };
    central = await up(CENTRAL, MOVED, { [EAST]: first_.east, [CENTRAL]: first_.central });
    east = await up(EAST, MOVED, { [EAST]: first_.east, [CENTRAL]: central });
    assert.deepEqual([...central.errors, ...east.errors], []);
  });

  it("first makes the objects in the next config cluster, with the same address and certificate", () => {
    const ingress = one(central.resources, INGRESS);
    assert.equal(ingress.name, "mesh-us-central1-ingress");
    const annotations = valueAt(ingress.inputs, "metadata", "annotations");
    // Google does not read it yet: waiting for an address would take for ever.
    assert.equal(valueAt(annotations, "pulumi.com/waitFor"), undefined);
    assert.equal(valueAt(annotations, "networking.gke.io/static-ip"), "203.0.113.7");
    const secret = one(central.resources, SECRET, "mesh-us-central1-ingress-tls");
    const made = one(first_.east.resources, SECRET, "mesh-us-east1-ingress-tls");
    assert.deepEqual(secret.inputs, made.inputs);
    assert.deepEqual(secret.secretInputs, ["stringData"]);
  });

  it("says what comes next, and where", () => {
    assert.match(
      (central.outputs.nextSteps as string[])[0] ?? "",
      /^pulumi up -s us-east1: lets Google read/,
    );
  });

  it("then names the other membership in the feature, which is changed and not made anew", () => {
    assert.equal(membershipNamed(east), "projects/my-project/locations/global/memberships/us-central1");
    assert.deepEqual(all(central.resources, FEATURE), []);
    const parent = (run: Run) => one(run.resources, FEATURE).parent;
    assert.equal(parent(east), parent(first_.east));
  });

  it("keeps what exists once where it is, and the objects at home as a standby", () => {
    const names = ({ resources }: Run) => resources.map(({ type, name }) => `${type} ${name}`).sort();
    assert.deepEqual(names(east), names(first_.east));
    const { intermediates, rootCertificate, network, address, edgeCertificate } = first_.east.outputs;
    for (const [name, value] of Object.entries({
      intermediates,
      rootCertificate,
      network,
      address,
      edgeCertificate,
    })) {
      assert.deepEqual(east.outputs[name], value, name);
    }
  });

  it("stops in the home cluster's stack while the objects are not there, before anything is changed", async () => {
    const early = await up(EAST, MOVED, { [EAST]: first_.east, [CENTRAL]: first_.central });
    assert.match(said(early), /no MultiClusterIngress yet. Run first: pulumi up -s us-central1;/);
  });

  it("stops there, too, while that stack is not there or was never deployed", async () => {
    for (const others of [{}, { [CENTRAL]: { ...first_.central, outputs: {} } }]) {
      const early = await up(EAST, MOVED, { [EAST]: first_.east, ...others });
      assert.match(
        said(early),
        /^us-central1 .* has no MultiClusterIngress yet. Run first: pulumi up -s us-central1;/,
      );
    }
  });

  it("goes back the same way: home first, and the other lets go only then", async () => {
    const stacks = { [EAST]: east, [CENTRAL]: central };
    const home = { ...MOVED, configCluster: EAST };
    const early = await up(CENTRAL, home, stacks);
    assert.match(said(early), /Google still reads .* in us-central1.*Run first: pulumi up -s us-east1;/s);
    const back = await up(EAST, home, stacks);
    assert.equal(membershipNamed(back), membershipNamed(first_.east));
    const left = await up(CENTRAL, home, { ...stacks, [EAST]: back });
    assert.deepEqual(left.errors, []);
    assert.deepEqual(all(left.resources, INGRESS), []);
    assert.deepEqual(left.outputs.nextSteps, []);
  });

  it("has Google's own certificate made at home, once, under one name", async () => {
    const ingress = { certificate: { managed: { domains: ["shop.example.com"] } } };
    const first = await up(EAST, { ingress }, {});
    const other = await up(CENTRAL, { ...MOVED, ingress }, { [EAST]: first });
    assert.deepEqual(other.errors, []);
    assert.deepEqual(all(other.resources, MANAGED), []);
    const { inputs } = one(other.resources, INGRESS);
    assert.equal(
      valueAt(inputs, "metadata", "annotations", "networking.gke.io/pre-shared-certs"),
      one(first.resources, MANAGED).name,
    );
  });
});

describe("the config cluster moves within one stack", () => {
  const both = (fields: object) => ({ ...configured(EAST, fields), "mesh:clusters": [EAST, CENTRAL] });
  let first: Run;

  before(async () => {
    first = await runProgram(both({}), { stack: "all" });
    assert.deepEqual(first.errors, []);
  });

  /** A run after the first one. */
  const again = (fields: object, outputs = first.outputs) =>
    runProgram(both(fields), {
      stack: "all",
      stacks: { "organization/mesh/all": { ...first, outputs } },
    });

  it("has the objects before the feature names the cluster", async () => {
    const { resources, errors, outputs } = await again(MOVED);
    assert.deepEqual(errors, []);
    const feature = one(resources, FEATURE);
    assertBefore(resources, one(resources, INGRESS, "mesh-us-central1-ingress"), feature);
    one(resources, INGRESS, "mesh-us-east1-ingress");
    assert.equal(membershipNamed({ resources } as Run), "mesh-us-central1-id");
    assert.deepEqual(outputs.nextSteps, []);
  });

  it("is refused where the home cluster would move with it, which says what to write", async () => {
    assert.equal(
      said(await again({ configCluster: CENTRAL })),
      "This stack's last run had something else that never changes; nothing was changed.\n" +
        "  - The mesh's home cluster was us-east1, and would be us-central1 now. It never changes while the mesh is up: " +
        "write mesh.homeCluster: us-east1 beside mesh.configCluster: us-central1, which then is moved without a gap (docs/shapes.md#the-config-cluster-moves).",
    );
    const { mesh, ...rest } = first.outputs;
    const { homeCluster, ...older } = mesh as { homeCluster: string };
    assert.equal(homeCluster, EAST);
    assert.match(
      said(await again({ configCluster: CENTRAL }, { ...rest, mesh: older })),
      /was us-east1, and/,
    );
  });

  it("is refused as well where the home cluster moves alone", async () => {
    assert.match(
      said(await again({ homeCluster: CENTRAL })),
      /was us-east1, and would be us-central1 now\. .*write mesh.homeCluster: us-east1 again/,
    );
  });

  it("is free before the first run, and after a destroy", async () => {
    const destroyed = { "organization/mesh/all": { outputs: {}, secretOutputs: [] } };
    for (const stacks of [undefined, destroyed]) {
      const { errors } = await runProgram(both({ configCluster: CENTRAL }), { stack: "all", stacks });
      assert.deepEqual(errors, []);
    }
  });
});
