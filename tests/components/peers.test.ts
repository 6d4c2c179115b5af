import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { PeerStacks } from "../../components/peers";
import { mesh } from "../unit/manifests/mesh";
import { register, type Run, run, type StackOutputs } from "./mocks";
import { one, PROVIDER } from "./support";

PeerStacks.prototype.reach = () => Promise.resolve();

const EAST = {
  outputs: {
    network: "projects/my-project/global/networks/mesh",
    address: "203.0.113.7",
    rootCertificate: "root\n",
    intermediates: { "us-central1": { certificate: "own\n", privateKey: "key\n" } },
    clusters: {
      "us-east1": { kubeconfig: "kubeconfig", server: "https://10.16.0.2", certificateAuthority: "Q0E=" },
    },
  },
  secretOutputs: ["intermediates"],
};

/** Values and secretness of everything that the peers give. */
function read(stacks: StackOutputs, stack?: string): Promise<Run> {
  const clusters = { "us-east1": { stack, ranges: undefined } };
  const whole = mesh(stack === undefined ? {} : { clusters });
  return run(
    async () => {
      const others = new PeerStacks(whole);
      const shared = await others.shared(["us-central1"]);
      const [peer] = await others.peers("mesh", ["us-east1"]);
      assert.ok(peer);
      const { server, kubeconfig, certificateAuthority } = peer.cluster;
      return { ...shared, server, kubeconfig, certificateAuthority };
    },
    { stack: "us-central1", stacks },
  );
}

describe("a peer", () => {
  it("is worked in through a provider with a plain identifier, by what its stack exports", async () => {
    const { resources, outputs } = await read({ "organization/mesh/us-east1": EAST });
    const provider = one(resources, PROVIDER, "mesh-peer-us-east1");
    assert.equal(provider.inputs.clusterIdentifier, "mesh/us-east1");
    assert.equal(provider.inputs.upsertExistingObjects, "false");
    assert.equal(provider.inputs.kubeconfig, "kubeconfig");
    assert.equal(provider.parent, "mesh:index:Peer::mesh-peer-us-east1");
    assert.deepEqual(provider.dependencies, []);
    assert.equal(outputs.server, "https://10.16.0.2");
    assert.equal(outputs.certificateAuthority, "Q0E=");
  });

  it("has to have made the VPC for a cluster that is to be made, before anything is registered", async () => {
    const { network, ...outputs } = EAST.outputs;
    const { errors, resources } = await read({ "organization/mesh/us-east1": { ...EAST, outputs } });
    assert.deepEqual(
      errors.map(({ message }) => message),
      ["Stack us-east1 has no output for network. Run first: pulumi up -s us-east1; then this stack again."],
    );
    assert.deepEqual(resources, []);
  });

  it("has no cluster here that its objects could go with", () =>
    register(
      async () => {
        const [peer] = await new PeerStacks(mesh()).peers("mesh", ["us-east1"]);
        assert.equal(peer?.cluster.deletedWith, undefined);
        assert.equal(peer?.cluster.network, "us-east1");
      },
      { stack: "us-central1", stacks: { "organization/mesh/us-east1": EAST } },
    ));

  it("keeps a kubeconfig secret that its stack exports as a secret", async () => {
    const stack = { ...EAST, secretOutputs: ["intermediates", "clusters"] };
    const { resources, secretOutputs, errors } = await read({ "organization/mesh/us-east1": stack });
    assert.deepEqual(errors, []);
    const provider = one(resources, PROVIDER);
    assert.equal(provider.inputs.kubeconfig, "kubeconfig");
    assert.deepEqual(provider.secretInputs, ["kubeconfig"]);
    assert.deepEqual(secretOutputs.sort(), ["certificateAuthority", "intermediates", "kubeconfig", "server"]);
  });
});

describe("what the config cluster's stack made for all", () => {
  it("is read, and of it only the intermediates are secret", async () => {
    const { outputs, secretOutputs, errors } = await read({ "organization/mesh/us-east1": EAST });
    assert.deepEqual(errors, []);
    assert.equal(outputs.network, "projects/my-project/global/networks/mesh");
    assert.equal(outputs.address, "203.0.113.7");
    assert.equal(outputs.rootCertificate, "root\n");
    assert.deepEqual(outputs.intermediates, EAST.outputs.intermediates);
    assert.deepEqual(secretOutputs, ["intermediates"]);
  });

  it("is secret in the intermediates even if that stack forgot it", async () => {
    const { secretOutputs } = await read({ "organization/mesh/us-east1": { ...EAST, secretOutputs: [] } });
    assert.deepEqual(secretOutputs, ["intermediates"]);
  });
});

describe("the stack of a peer", () => {
  for (const [written, full] of [
    ["production", "organization/mesh/production"],
    ["network/production", "organization/network/production"],
    ["acme/network/production", "acme/network/production"],
  ] as const) {
    it(`is ${full} where the map says ${written}`, async () => {
      const { outputs, errors } = await read({ [full]: EAST }, written);
      assert.deepEqual(errors, []);
      assert.equal(outputs.address, "203.0.113.7");
    });
  }

  it("is read once for all that comes from it", async () => {
    const names: unknown[] = [];
    const whole = mesh();
    await run(
      async () => {
        const others = new PeerStacks(whole);
        await others.shared(["us-central1"]);
        await others.peers("mesh", ["us-east1"]);
      },
      {
        stack: "us-central1",
        stacks: { "organization/mesh/us-east1": EAST },
        onRead: (name) => names.push(name),
      },
    );
    assert.deepEqual(names, ["organization/mesh/us-east1"]);
  });

  const FIRST = "Run first: pulumi up -s us-east1; then this stack again.";
  const { clusters } = EAST.outputs;
  const east = (change: object) => ({ "us-east1": { ...clusters["us-east1"], ...change } });
  const MISTAKES: [what: string, change: Record<string, unknown>, says: string][] = [
    ["no address", { address: undefined }, "has no output for address."],
    ["no root certificate", { rootCertificate: undefined }, "has no output for rootCertificate."],
    ["no intermediates", { intermediates: undefined }, "has no output for intermediates."],
    [
      "no intermediate for this stack",
      { intermediates: { "us-east1": { certificate: "own\n", privateKey: "key\n" } } },
      "has no output for an intermediate certificate for us-central1.",
    ],
    [
      "an intermediate of another shape",
      { intermediates: { "us-central1": "own\n" } },
      "has no output for an intermediate certificate for us-central1.",
    ],
    ["no clusters", { clusters: undefined }, "has no output for clusters."],
    ["not this cluster", { clusters: {} }, "has no output for cluster us-east1."],
    [
      "an empty kubeconfig",
      { clusters: east({ kubeconfig: "" }) },
      "has no output for kubeconfig of cluster us-east1.",
    ],
    ["no server", { clusters: east({ server: undefined }) }, "has no output for server of cluster us-east1."],
    [
      "an authority of another shape",
      { clusters: east({ certificateAuthority: { pem: "CA" } }) },
      "has no output for certificateAuthority of cluster us-east1.",
    ],
    [
      "clusters of another shape",
      { clusters: ["us-east1"] },
      "has an output for clusters that cannot be used: another version",
    ],
    [
      "a cluster of another shape",
      { clusters: { "us-east1": "kubeconfig" } },
      "has an output for cluster us-east1 that cannot be used: another version",
    ],
    [
      "an address of another shape",
      { address: 7 },
      "has an output for address that cannot be used: another version",
    ],
  ];
  for (const [what, change, says] of MISTAKES) {
    it(`is named with the command to run, in one error, when it has ${what}`, async () => {
      const stack = { ...EAST, outputs: { ...EAST.outputs, ...change } };
      const message = await refusalOf(read({ "organization/mesh/us-east1": stack }));
      assert.ok(message.startsWith(`Stack us-east1 ${says}`), message);
      assert.ok(message.endsWith(FIRST), message);
      assert.doesNotMatch(message, /key\n/);
    });
  }

  it("is told from one that was never deployed, or was destroyed", async () => {
    const message = await refusalOf(
      read({ "organization/mesh/us-east1": { outputs: {}, secretOutputs: [] } }),
    );
    assert.ok(
      message.startsWith("Stack us-east1 has no outputs: it was never deployed, or it was destroyed. "),
    );
    assert.ok(message.includes(FIRST), message);
  });

  it("is told from one that is not there, with how to make it", async () => {
    assert.equal(
      await refusalOf(read({})),
      "Stack us-east1 is not there (organization/mesh/us-east1), and cluster us-east1 is to be read in it. Run first: " +
        "pulumi stack init us-east1, pulumi up -s us-east1; then this stack again. " +
        "If it has another name (pulumi stack ls), write mesh.clusters.us-east1.stack into Pulumi.yaml.",
    );
  });

  it("is told from one of another mesh", async () => {
    const outputs = { ...EAST.outputs, mesh: { id: "shop" } };
    const message = await refusalOf(read({ "organization/mesh/us-east1": { ...EAST, outputs } }));
    assert.match(
      message,
      /^Stack us-east1 is of another mesh: mesh\.id is shop there, and mesh here\. Write .*\.stack/,
    );
  });

  // The engine leaves them out, and goes on.
  it("is told from one whose secrets cannot be decrypted", async () => {
    const stack = { ...EAST, outputs: { ...EAST.outputs, intermediates: {} } };
    const message = await refusalOf(read({ "organization/mesh/us-east1": stack }));
    assert.match(
      message,
      /needs the passphrase or the key of that one \(pulumi stack output -s us-east1 --show-secrets\)/,
    );
  });

  it("is named as the map names it", async () => {
    const { errors } = await read({}, "acme/network/production");
    assert.match(String(errors[0]?.message), /pulumi up -s acme\/network\/production;/);
  });

  it("is named with all others that are not ready, and no peer is made", async () => {
    const ranges = { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" };
    const whole = mesh({
      clusters: { ...mesh().clusters, "europe-west1": { ranges }, "europe-west3": { ranges } },
    });
    const message = await refusalOf(
      run(() => new PeerStacks(whole).peers("mesh", ["us-east1", "europe-west1", "europe-west3"]), {
        stack: "us-central1",
        stacks: {
          "organization/mesh/us-east1": EAST,
          "organization/mesh/europe-west3": { outputs: {}, secretOutputs: [] },
        },
      }),
    );
    assert.match(
      message,
      /^Other stacks are not ready\.\n {2}- Stack europe-west1 is not there.*\n {2}- Stack europe-west3 has no outputs/,
    );
  });
});

/** The one error of a run that registered nothing. */
async function refusalOf(running: Promise<Run>): Promise<string> {
  const { errors, resources } = await running;
  assert.deepEqual(resources, []);
  assert.equal(errors.length, 1, errors.map(String).join("\n"));
  assert.ok(pulumi.RunError.isInstance(errors[0]));
  return errors[0].message;
}
