import assert from "node:assert/strict";
import { LOAD_BALANCER_RANGES, MeshNetwork } from "../../components/meshNetwork";
import { mesh } from "../unit/manifests/mesh";
import { register, run } from "./mocks";
import { all, FIREWALL, key, one, Thing, thing } from "./support";

function made() {
  return register(
    () =>
      new MeshNetwork(
        "mesh",
        { project: "my-project", mesh: mesh({ cidr: "10.32.0.0/12" }) },
        { dependsOn: [new Thing("services")] },
      ),
  );
}

describe("the VPC of the mesh", () => {
  it("has no subnets of its own making, and routes between all regions", async () => {
    assert.deepEqual(one(await made(), "gcp:compute/network:Network", "mesh").inputs, {
      project: "my-project",
      name: "mesh",
      autoCreateSubnetworks: false,
      routingMode: "GLOBAL",
    });
  });

  it("admits the mesh's supernet to the east-west gateways", async () => {
    const { inputs } = one(await made(), FIREWALL, "mesh-east-west");
    assert.deepEqual(inputs.sourceRanges, ["10.32.0.0/12"]);
    assert.deepEqual(inputs.allows, [{ protocol: "tcp", ports: ["15443", "15021"] }]);
    assert.equal(inputs.network, "mesh-id");
  });

  it("admits Google's load balancers to the status port and the ingress gateways' port", async () => {
    const { inputs } = one(await made(), FIREWALL, "mesh-global-load-balancer");
    assert.deepEqual(inputs.sourceRanges, LOAD_BALANCER_RANGES);
    assert.deepEqual(LOAD_BALANCER_RANGES, ["130.211.0.0/22", "35.191.0.0/16"]);
    assert.deepEqual(inputs.allows, [{ protocol: "tcp", ports: ["15021", "8443"] }]);
    assert.equal(inputs.network, "mesh-id");
  });

  it("has no rule with target tags, which auto-provisioned nodes would miss, and none for the world", async () => {
    const rules = all(await made(), FIREWALL);
    assert.equal(rules.length, 2);
    for (const { inputs, name } of rules) {
      assert.equal(inputs.targetTags, undefined, name);
      assert.ok(!(inputs.sourceRanges as string[]).includes("0.0.0.0/0"), name);
      assert.equal(inputs.name, name);
    }
  });

  it("waits for the APIs that it needs", async () => {
    const [, component, ...children] = await made();
    assert.ok(component);
    assert.equal(children.length, 3);
    for (const child of children) {
      assert.ok(child.dependencies.includes(thing("services")), key(child));
      assert.equal(child.parent, key(component));
    }
  });
});

describe("a VPC that is there already", () => {
  it("gets the mesh's rules, which open nothing but the mesh's ranges, and is not touched itself", async () => {
    let id: unknown;
    const { resources, errors } = await run(() => {
      const { network } = new MeshNetwork("mesh", {
        project: "my-project",
        mesh: mesh({ cidr: "10.32.0.0/12", vpc: "production" }),
      });
      network.id.apply((value) => (id = value));
    });
    assert.deepEqual(errors, []);
    assert.equal(id, "projects/my-project/global/networks/production");
    assert.deepEqual(all(resources, "gcp:compute/network:Network"), []);
    for (const { inputs, name } of all(resources, FIREWALL)) {
      assert.equal(inputs.network, id, name);
      assert.deepEqual(inputs.destinationRanges, ["10.32.0.0/12"], name);
    }
  });
});
