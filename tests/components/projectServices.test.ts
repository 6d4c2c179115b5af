import assert from "node:assert/strict";
import { ProjectServices, requiredServices } from "../../components/projectServices";
import { register } from "./mocks";
import { all, key, one } from "./support";

const SERVICE = "gcp:projects/service:Service";
const IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity";
const MEMBER = "gcp:projects/iAMMember:IAMMember";

const NONE = { dns: false, authorityService: false };

function made(more: Partial<typeof NONE> = {}) {
  return register(() => new ProjectServices("mesh", { project: "my-project", ...NONE, ...more }));
}

describe("the APIs of the project", () => {
  it("are switched on, and stay on when the stack goes", async () => {
    const services = all(await made(), SERVICE);
    assert.deepEqual(
      services.map(({ inputs }) => inputs.service),
      requiredServices(NONE).map((name) => `${name}.googleapis.com`),
    );
    for (const { inputs, name } of services) {
      assert.equal(inputs.disableOnDestroy, false, name);
      assert.equal(inputs.project, "my-project", name);
    }
  });

  it("are those of clusters, fleet, ingress and telemetry", () => {
    assert.deepEqual(requiredServices(NONE), [
      "iam",
      "compute",
      "container",
      "gkehub",
      "multiclusteringress",
      "logging",
      "monitoring",
      "cloudtrace",
    ]);
  });

  it("hold Certificate Authority Service only where it signs", async () => {
    assert.ok(!requiredServices(NONE).includes("privateca"));
    assert.deepEqual(
      one(await made({ authorityService: true }), SERVICE, "mesh-privateca").inputs.service,
      "privateca.googleapis.com",
    );
  });

  it("hold Cloud DNS only where a route needs it", async () => {
    assert.ok(!requiredServices(NONE).includes("dns"));
    assert.deepEqual(
      one(await made({ dns: true }), SERVICE, "mesh-dns").inputs.service,
      "dns.googleapis.com",
    );
  });
});

describe("Google's service agents", () => {
  for (const [service, role] of [
    ["multiclusteringress", "roles/multiclusteringress.serviceAgent"],
    ["gkehub", "roles/gkehub.serviceAgent"],
  ] as const) {
    it(`of ${service} exists once its API is on, and has the role to act in the project`, async () => {
      const resources = await made();
      const agent = one(resources, IDENTITY, `mesh-${service}-agent`);
      assert.deepEqual(agent.inputs, { project: "my-project", service: `${service}.googleapis.com` });
      assert.deepEqual(agent.dependencies, all(resources, SERVICE).map(key).sort());
      const member = one(resources, MEMBER, `mesh-${service}-agent`);
      assert.deepEqual(member.inputs, {
        project: "my-project",
        role,
        member: `serviceAccount:mesh-${service}-agent@google.com`,
      });
      assert.deepEqual(member.dependencies, [key(agent)]);
      assert.equal(member.retainOnDelete, true, "the agent may serve others in the project too");
    });
  }

  it("are two, and everything is the component's own", async () => {
    const [component, ...children] = await made();
    assert.ok(component);
    assert.equal(all(children, IDENTITY).length, 2);
    assert.equal(all(children, MEMBER).length, 2);
    children.forEach(({ parent, name }) => assert.equal(parent, key(component), name));
  });
});
