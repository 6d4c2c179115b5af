import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { linkedStacks, type MadeFrom } from "../../components/config/nextSteps";
import { readMesh } from "../../components/config/validate";
import { madeFrom } from "../../components/madeFrom";
import type { SigningCertificate } from "../../components/peers";
import { mesh } from "../unit/manifests/mesh";
import { base64, computedOutputs, type Outputs } from "./computed";
import type { Run } from "./mocks";
import { type Config, configOf, meshOf, runBothStacks, runProgram } from "./program";

const [EAST, CENTRAL, EUROPE] = ["us-east1", "us-central1", "europe-west1"];
const THIRD = { ranges: { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" } };

const TAKES_OVER =
  "pulumi up -s us-central1: takes over what has changed since its last run in mesh:mesh, certificates or the global address";
const MAKES_EUROPE = "pulumi up -s europe-west1: makes europe-west1 and its links";

let ran: Record<string, Run>;

before(async () => {
  const { east, central } = await runBothStacks();
  ran = { [EAST]: east, [CENTRAL]: central };
});

/** A run of a stack after those of both, or after others, with fields of the mesh changed. */
async function up(
  stack: string,
  { fields = {}, others = {}, outputs }: { fields?: object; others?: Record<string, Run>; outputs?: Outputs },
): Promise<Run> {
  const base = configOf(stack);
  const config: Config = { ...base, "mesh:mesh": { ...meshOf(base), ...fields } };
  const stacks = Object.fromEntries(
    Object.entries({ ...ran, ...others }).map(([name, run]) => [`organization/mesh/${name}`, run]),
  );
  const run = await runProgram(config, { stack, stacks, outputs });
  assert.deepEqual(run.errors, []);
  return run;
}

function withThird(stack: string): object {
  const { clusters } = meshOf(configOf(stack)) as { clusters: object };
  return { clusters: { ...clusters, [EUROPE]: THIRD } };
}

/** The run of us-central1 with other outputs. */
function central(outputs: Record<string, unknown>): Record<string, Run> {
  return { [CENTRAL]: { ...(ran[CENTRAL] as Run), outputs } };
}

describe("a stack that is about to go", () => {
  it("is told which stacks are linked with it, and would lose it", () => {
    const { mesh } = readMesh(meshOf(configOf(EAST)), { clusters: [EAST], peers: [] });
    const run = (...peers: string[]) => ({
      clusters: {},
      peers: Object.fromEntries(peers.map((peer) => [peer, "digest"])),
    });
    assert.deepEqual(linkedStacks(mesh, [EAST], { [CENTRAL]: run(EAST) }), [CENTRAL]);
    assert.deepEqual(linkedStacks(mesh, [EAST], { [CENTRAL]: "empty", [EUROPE]: run(CENTRAL) }), []);
    assert.deepEqual(linkedStacks(mesh, [CENTRAL], { [EAST]: run() }), []);
  });

  it("is warned before its destroy, while it only takes its protection off", async () => {
    const warned = async (stack: string, protection: boolean) => {
      const stacks = Object.fromEntries(
        Object.entries(ran).map(([name, run]) => [`organization/mesh/${name}`, run]),
      );
      const config = { ...configOf(stack), "mesh:deletionProtection": protection };
      const { warnings } = await runProgram(config, { stack, stacks });
      return warnings.filter((text) => text.includes("linked with this one"));
    };
    assert.deepEqual(await warned(EAST, true), []);
    assert.match(
      (await warned(EAST, false)).join(),
      /stack us-central1 is up .*Before that: pulumi destroy -s us-central1/,
    );
    assert.deepEqual(await warned(CENTRAL, false), []);
  });
});

describe("the next steps of the home cluster's stack", () => {
  it("are none while the others were made from what is there now", async () => {
    const { outputs } = await up(EAST, {});
    assert.deepEqual(outputs.nextSteps, []);
  });

  it("name a stack whose resources another configuration changes, until it has run with it", async () => {
    const fields = { tracing: { sampling: 1 } };
    const east = await up(EAST, { fields });
    assert.deepEqual(east.outputs.nextSteps, [TAKES_OVER]);
    const other = await up(CENTRAL, { fields, others: { [EAST]: east } });
    assert.notDeepEqual(other.resources, ran[CENTRAL]?.resources);
    const again = await up(EAST, { fields, others: { [CENTRAL]: other } });
    assert.deepEqual(again.outputs.nextSteps, []);
  });

  it("name a stack whose intermediate was signed anew", async () => {
    const east = await up(EAST, {
      outputs: (type, name) =>
        name === "mesh-ca-us-central1" && type === "tls:index/locallySignedCert:LocallySignedCert"
          ? { certPem: "another\n" }
          : computedOutputs(type, name),
    });
    assert.deepEqual(east.outputs.nextSteps, [TAKES_OVER]);
    assert.deepEqual(east.secretOutputs.sort(), ["edgeCertificate", "intermediates"]);
  });

  it("name a stack whose links hold an API server that is not there any more", async () => {
    const { outputs } = await up(EAST, {
      outputs: (type, name) => ({
        ...computedOutputs(type, name),
        ...(type === "gcp:container/cluster:Cluster" && {
          masterAuth: pulumi.secret({ clusterCaCertificate: base64("another CA") }),
        }),
      }),
    });
    assert.deepEqual(outputs.nextSteps, [
      "pulumi up -s us-central1: its links hold another address or CA of us-east1's API server; if us-east1 was lost and built again, " +
        "first PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh -s us-central1 (docs/shapes.md#a-lost-cluster)",
    ]);
  });

  it("let a third region come, and name the others for the page that shows it, where there is one", async () => {
    const third = await up(EAST, { fields: withThird(EAST) });
    assert.deepEqual(third.outputs.nextSteps, [MAKES_EUROPE, TAKES_OVER]);
    const plain = { verifyWorkload: false };
    const other = await up(CENTRAL, { fields: plain });
    const { outputs } = await up(EAST, {
      fields: { ...withThird(EAST), ...plain },
      others: { [CENTRAL]: other },
    });
    assert.deepEqual(outputs.nextSteps, [MAKES_EUROPE]);
  });

  it("name a stack that still has links with a cluster that has left the map", async () => {
    const { madeFrom } = ran[CENTRAL]?.outputs as { madeFrom: { peers: object } };
    const peers = { ...madeFrom.peers, [EUROPE]: "a digest" };
    const { outputs } = await up(EAST, {
      others: central({ ...ran[CENTRAL]?.outputs, madeFrom: { ...madeFrom, peers } }),
    });
    assert.deepEqual(outputs.nextSteps, [
      "pulumi up -s us-central1, with europe-west1 taken out of its mesh:peers: gives up the links with europe-west1, which has left mesh.clusters; " +
        "if that cluster is gone already, with PULUMI_K8S_DELETE_UNREACHABLE=true (docs/shapes.md#a-member-leaves)",
    ]);
  });

  it("say of a stack that was destroyed how its cluster leaves the map", async () => {
    const { outputs } = await up(EAST, { others: central({}) });
    assert.deepEqual(outputs.nextSteps, [
      "pulumi up -s us-central1: makes us-central1 and its links; if it was destroyed and is not to come back, take us-central1 out of " +
        "mesh.clusters instead (docs/shapes.md#a-member-leaves)",
    ]);
  });

  it("say that they cannot know it of a stack that a program without this output made", async () => {
    const { outputs } = await up(EAST, {
      others: central({ ...ran[CENTRAL]?.outputs, madeFrom: undefined }),
    });
    assert.deepEqual(outputs.nextSteps, [
      "pulumi up -s us-central1: takes over what has changed since its last run; whether anything has cannot be seen in its outputs",
    ]);
  });
});

describe("what a cluster's stack is made from", () => {
  /** The digest where another cluster, which exists already, has these ranges and this address. */
  async function digest(nodes: string, server: string): Promise<string | undefined> {
    const ranges = { nodes, services: "192.168.16.0/20", pods: "192.168.32.0/20" };
    const clusters = { [EAST]: THIRD, [CENTRAL]: {}, old: { ranges, existing: { server } } };
    const shared = {
      network: pulumi.output("vpc"),
      address: pulumi.output("203.0.113.7"),
      rootCertificate: pulumi.output("root"),
      intermediates: pulumi.output<Record<string, SigningCertificate>>({}),
    };
    const made = madeFrom(mesh({ clusters }), [CENTRAL], shared, {});
    const { clusters: digests } = await new Promise<MadeFrom>((resolve) => void made.apply(resolve));
    return digests[CENTRAL];
  }

  it("has the ranges of others, where its firewall names them, and nothing else of theirs", async () => {
    const one = await digest("192.168.0.0/20", "https://192.168.0.9");
    assert.equal(await digest("192.168.0.0/20", "https://192.168.0.8"), one);
    assert.notEqual(await digest("192.168.64.0/20", "https://192.168.0.9"), one);
  });
});
