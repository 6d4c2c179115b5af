import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { PeerStacks } from "../../components/peers";
import { mesh } from "../unit/manifests/mesh";
import { register, type Run, run, type StackOutputs } from "./mocks";
import { one, PROVIDER } from "./support";

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

  const missing: [what: string, outputs: Record<string, unknown>][] = [
    ["address", { ...EAST.outputs, address: undefined }],
    ["rootCertificate", { ...EAST.outputs, rootCertificate: undefined }],
    ["intermediates", { ...EAST.outputs, intermediates: undefined }],
    ["intermediates", {}],
    ["an intermediate certificate for us-central1", { ...EAST.outputs, intermediates: {} }],
    ["clusters", { ...EAST.outputs, clusters: undefined }],
    ["cluster us-east1", { ...EAST.outputs, clusters: {} }],
  ];
  for (const [what, outputs] of missing) {
    const found = Object.values(outputs).length > 0 ? "" : " and was never deployed";
    it(`is named with the command to run, in one error, when it has no ${what}${found}`, async () => {
      const { errors, resources } = await read({ "organization/mesh/us-east1": { ...EAST, outputs } });
      assert.deepEqual(resources, []);
      assert.equal(errors.length, 1, errors.map(String).join("\n"));
      assert.ok(pulumi.RunError.isInstance(errors[0]));
      assert.equal(
        errors[0].message,
        `Stack us-east1 has no output for ${what}. Run first: pulumi up -s us-east1; then this stack again.`,
      );
    });
  }

  it("is named as the map names it", async () => {
    const { errors } = await read({}, "acme/network/production");
    assert.match(String(errors[0]?.message), /Run first: pulumi up -s acme\/network\/production;/);
  });

  it("makes no peer while another is missing", async () => {
    const ranges = { nodes: "10.24.0.0/20", services: "10.24.16.0/20", pods: "10.25.0.0/16" };
    const whole = mesh({ clusters: { ...mesh().clusters, "europe-west1": { ranges } } });
    const { errors, resources } = await run(
      () => new PeerStacks(whole).peers("mesh", ["us-east1", "europe-west1"]),
      { stack: "us-central1", stacks: { "organization/mesh/us-east1": EAST } },
    );
    assert.deepEqual(resources, []);
    assert.deepEqual(
      errors.map(({ message }) => message),
      [
        "Stack europe-west1 has no output for clusters. Run first: pulumi up -s europe-west1; then this stack again.",
      ],
    );
  });
});
