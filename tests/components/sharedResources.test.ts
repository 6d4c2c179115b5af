import assert from "node:assert/strict";
import type { MeshInput } from "../../components/config/schema";
import { SharedResources, sslPolicyName } from "../../components/sharedResources";
import { mesh } from "../unit/manifests/mesh";
import { privateKey } from "./computed";
import { run } from "./mocks";
import { all, assertBefore, FIREWALL, key, one, Thing } from "./support";

const ADDRESS = "gcp:compute/globalAddress:GlobalAddress";
const NETWORK = "gcp:compute/network:Network";
const POLICY = "gcp:compute/sSLPolicy:SSLPolicy";
const SERVICE = "gcp:projects/service:Service";
const LINK = "//container.googleapis.com/projects/my-project/locations/us-east1/clusters/main";
const EXISTING = { existing: { server: "https://10.0.0.2", membershipLink: LINK } };

/** With a Thing that waits for the foundation, as a cluster of the same stack does. */
async function made(change: Partial<MeshInput> = {}, protect = true) {
  const whole = mesh(change);
  const done = await run(() => {
    const { foundation, outputs } = new SharedResources(whole.id, {
      project: "my-project",
      mesh: whole,
      protect,
    });
    new Thing("cluster", { dependsOn: foundation });
    return outputs;
  });
  assert.deepEqual(done.errors, []);
  return done;
}

describe("what exists once per mesh", () => {
  it("is APIs, VPC, trust and one global address, each below the component", async () => {
    const { resources } = await made();
    const component = "mesh:index:SharedResources::mesh";
    assert.deepEqual(
      resources
        .filter(({ parent }) => parent === component)
        .map(key)
        .sort(),
      [
        `${ADDRESS}::mesh-edge`,
        "mesh:google:MeshNetwork::mesh",
        "mesh:google:ProjectServices::mesh",
        "mesh:trust:MeshCertificateAuthority::mesh-ca",
      ],
    );
  });

  it("has a global IPv4 address of the mesh's name, open to the world", async () => {
    assert.deepEqual(one((await made()).resources, ADDRESS).inputs, {
      project: "my-project",
      name: "mesh-edge",
      addressType: "EXTERNAL",
      ipVersion: "IPV4",
    });
  });

  it("is asked for once the APIs are on", async () => {
    const { resources } = await made({ ingress: { sslPolicy: {} } });
    for (const resource of [
      one(resources, ADDRESS),
      one(resources, POLICY),
      one(resources, NETWORK),
      ...all(resources, FIREWALL),
    ]) {
      all(resources, SERVICE).forEach((api) => assertBefore(resources, api, resource));
    }
  });

  it("switches Cloud DNS on only for routes", async () => {
    const dns = { zone: "mesh-example-com", domain: "mesh.example.com" };
    const routes = [{ name: "alerts", service: "alertmanager", namespace: "monitoring", port: 9093 }];
    const has = async (change: Partial<MeshInput>) =>
      all((await made(change)).resources, SERVICE).some(({ name }) => name === "mesh-dns");
    assert.equal(await has({ dns, routes }), true);
    assert.equal(await has({ dns }), false);
  });

  it("signs an intermediate for every cluster of the mesh, also for those of other stacks", async () => {
    const { outputs } = await made();
    assert.deepEqual(outputs.intermediates, {
      "us-east1": {
        certificate: "certificate of mesh-ca-us-east1\n",
        privateKey: privateKey("mesh-ca-us-east1"),
      },
      "us-central1": {
        certificate: "certificate of mesh-ca-us-central1\n",
        privateKey: privateKey("mesh-ca-us-central1"),
      },
    });
  });

  it("protects the certificates, and nothing that can be made anew", async () => {
    const isProtected = ({ protect }: { protect: boolean }) => protect;
    const { resources } = await made();
    assert.deepEqual(
      resources.filter(isProtected).map(({ type }) => type.split(":")[0]),
      Array(8).fill("tls"),
    );
    assert.deepEqual((await made({}, false)).resources.filter(isProtected), []);
  });
});

describe("what the other stacks read of it", () => {
  it("is the VPC, the address, the root and the intermediates, of which only those are secret", async () => {
    const { outputs, secretOutputs } = await made();
    assert.equal(outputs.network, "mesh-id");
    assert.equal(outputs.address, "203.0.113.7");
    assert.equal(outputs.rootCertificate, "certificate of mesh-ca-root\n");
    assert.deepEqual(secretOutputs, ["intermediates"]);
  });

  it("has no VPC where every cluster is there already", async () => {
    const { resources, outputs } = await made({ clusters: { "us-east1": EXISTING } });
    assert.deepEqual([...all(resources, NETWORK), ...all(resources, FIREWALL)], []);
    assert.equal(outputs.network, undefined);
  });
});

describe("the foundation of the clusters of the same stack", () => {
  const SSL: Partial<MeshInput> = { ingress: { sslPolicy: {} } };

  it("is APIs, rights, the VPC with its firewall rules, and the SSL policy", async () => {
    const { resources } = await made(SSL);
    const cluster = one(resources, "test:index:Thing", "cluster");
    const google = resources.filter(({ type }) => type.startsWith("gcp:") && type !== ADDRESS);
    for (const type of [SERVICE, "gcp:projects/iAMMember:IAMMember", NETWORK, FIREWALL, POLICY]) {
      assert.ok(
        google.some((resource) => resource.type === type),
        type,
      );
    }
    google.forEach((resource) => assertBefore(resources, resource, cluster));
  });

  it("is only the APIs where nothing else is made", async () => {
    const { resources } = await made({ clusters: { "us-east1": EXISTING } });
    const { dependencies } = one(resources, "test:index:Thing", "cluster");
    assert.ok(dependencies.length > 0);
    for (const dependency of dependencies) {
      assert.match(dependency, /^gcp:projects\//);
    }
  });

  it("does not make clusters wait for keys, which take a while", async () => {
    const { resources } = await made();
    const { dependencies } = one(resources, "test:index:Thing", "cluster");
    assert.ok(!dependencies.some((dependency) => dependency.startsWith("tls:")));
  });
});

describe("the SSL policy", () => {
  it("is there only where the map asks for one", async () => {
    assert.deepEqual(all((await made()).resources, POLICY), []);
  });

  it("has a plain name, which FrontendConfigs of every stack can say", async () => {
    const ingress: MeshInput["ingress"] = { sslPolicy: { profile: "RESTRICTED" } };
    const { resources } = await made({ id: "staging", ingress });
    const { inputs, name } = one(resources, POLICY);
    assert.equal(name, "staging-edge");
    assert.equal(inputs.name, sslPolicyName({ id: "staging" }));
    assert.equal(inputs.profile, "RESTRICTED");
  });
});
