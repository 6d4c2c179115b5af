import fc from "fast-check";
import assert from "node:assert/strict";
import { readStackConfig } from "../../../components/config/stackConfig";
import { MeshConfigError } from "../../../components/config/validate";
import type { Registered, Run } from "../../components/mocks";
import { runProgram } from "../../components/program";
import { CLUSTER_CA, kubeconfigOf } from "./kubeconfig";
import { manyClusters, validConfig, type Written } from "./meshArbitrary";
import { change, changed } from "./mistakeArbitrary";
import { textsOf } from "./planInvariants";

/** A program with fifty clusters takes half a minute under mocks; what eight have in common, fifty have too. */
const smallConfig = manyClusters(8);

const seed = Number(process.env.CONFIG_SEED ?? 1);

const KUBECONFIG = kubeconfigOf();

/** What every other stack exports: each has all clusters, so that whichever is asked for a cluster has it. */
function exportsFor(names: string[]) {
  const each = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]));
  return {
    outputs: {
      network: "projects/my-project/global/networks/mesh",
      address: "203.0.113.7",
      rootCertificate: "root\n",
      intermediates: each({ certificate: "own\n", privateKey: "key\n" }),
      clusters: each({
        kubeconfig: KUBECONFIG,
        server: "https://10.0.0.2",
        certificateAuthority: CLUSTER_CA,
      }),
    },
    secretOutputs: ["intermediates"],
  };
}

function runWith(config: Written): Promise<Run> {
  const clusters = (config.mesh.clusters ?? {}) as Record<string, unknown>;
  const names = Object.keys(clusters);
  const stacks = Object.fromEntries(
    names.map((_, index) => [`organization/mesh/stack-${index}`, exportsFor(names)]),
  );
  const kubeconfigs: Record<string, string> = Object.fromEntries(
    config.kubeconfigs.map((name) => [`mesh:kubeconfig-${name}`, KUBECONFIG]),
  );
  return runProgram({ ...textsOf(config), ...kubeconfigs }, { stack: "this", stacks });
}

/** A URN but for stack and project: the types of all parents, and the name. */
function urnOf(resource: Registered, all: Map<string, Registered>): string {
  const parent = resource.parent === undefined ? undefined : all.get(resource.parent);
  return `${parent ? urnOf(parent, all).split("::")[0] : ""}$${resource.type}::${resource.name}`;
}

function assertUnique(values: string[], what: string): void {
  const sorted = [...values].sort();
  assert.deepEqual(
    sorted.filter((value, index) => value === sorted[index - 1]),
    [],
    what,
  );
}

function assertResources(resources: Registered[]): void {
  const byName = new Map(resources.map((one) => [`${one.type}::${one.name}`, one]));
  assertUnique(
    resources.map((one) => urnOf(one, byName)),
    "URNs",
  );
  const google: string[] = [];
  const kubernetes: string[] = [];
  for (const { type, name, inputs, provider = "" } of resources) {
    assert.match(name, /^[a-z0-9][-a-z0-9.]*$/, type);
    const metadata = inputs.metadata as { name?: string; namespace?: string } | undefined;
    if (type.startsWith("kubernetes:") && metadata?.name !== undefined) {
      assert.match(metadata.name, /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, type);
      kubernetes.push([provider, type, metadata.namespace, metadata.name].join(" "));
    } else if (type.startsWith("gcp:compute/") && typeof inputs.name === "string") {
      assert.match(inputs.name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, type);
      google.push(`${type} ${inputs.name}`);
    } else if (type === "gcp:serviceaccount/account:Account") {
      assert.match(String(inputs.accountId), /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/);
      google.push(`${type} ${String(inputs.accountId)}`);
    } else if (type === "gcp:container/cluster:Cluster") {
      assert.match(String(inputs.name), /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
    }
  }
  assertUnique(google, "names in Google Cloud");
  assertUnique(kubernetes, "names in a cluster");
}

describe("the program with a generated configuration", function () {
  this.timeout(600_000);

  it("registers resources whose names are valid, and each once", async () => {
    const counts = new Set<number>();
    const property = fc.asyncProperty(smallConfig, async (config) => {
      counts.add(Object.keys(config.mesh.clusters as object).length);
      const { resources, errors } = await runWith(config);
      assert.deepEqual(errors.map(String), []);
      assert.ok(resources.length > 0);
      assertResources(resources);
    });
    // Without a limit of its own: a slow machine takes longer, and does not run fewer.
    await fc.assert(property, { seed, numRuns: 15 });
    assert.ok(Math.max(...counts) > 4, `at most ${Math.max(...counts)} clusters`);
  });

  it("registers nothing when the configuration is bad, and says why in one error", async () => {
    let refused = 0;
    const cases = fc.tuple(validConfig, fc.array(change, { minLength: 1, maxLength: 3 }));
    const property = fc.asyncProperty(cases, async ([config, changes]) => {
      // What index.ts reads before the mesh stays as it is.
      const bad = { ...config, mesh: changed(config, changes).mesh };
      try {
        readStackConfig(textsOf(bad), { namespace: "mesh", stack: "this" });
      } catch {
        refused += 1;
        const { resources, errors } = await runWith(bad);
        assert.deepEqual(resources, []);
        assert.equal(errors.length, 1, errors.map(String).join("\n"));
        assert.ok(errors[0] instanceof MeshConfigError);
      }
    });
    await fc.assert(property, { seed, numRuns: 60 });
    assert.ok(refused > 20, `${refused}`);
  });
});
