import assert from "node:assert/strict";
import { judge, messages, UNKNOWN } from "./harness";

const rule = "istio-deployments-available";

/** What the rule says of a gateway's container; its autoscaler, budget and placement are another test's. */
const container = (resources: unknown) => ({
  type: "kubernetes:apps/v1:Deployment",
  props: {
    metadata: { name: "istiod" },
    spec: { template: { spec: { containers: [{ name: "discovery", resources }] } } },
  },
});
const aboutCpu = (resources: unknown) =>
  messages(rule, container(resources)).filter((message) => message.includes("cpu"));

describe(`${rule}, by a container's limits`, () => {
  it("takes a CPU limit for the request, as Kubernetes does", () => {
    assert.deepEqual(aboutCpu({ limits: { cpu: "500m" } }), []);
    assert.deepEqual(aboutCpu({ requests: { memory: "1Gi" }, limits: { cpu: 1 } }), []);
  });

  it("refuses neither, another limit alone, and a request of nothing", () => {
    for (const resources of [
      undefined,
      { limits: { memory: "1Gi" } },
      { requests: { cpu: "0" }, limits: { cpu: 1 } },
    ]) {
      assert.equal(aboutCpu(resources).length, 1, JSON.stringify(resources));
    }
  });

  it("is undecided while the limit is unknown", () => {
    const { findings, undecided } = judge(rule, container({ limits: { cpu: UNKNOWN } }));
    assert.ok(undecided);
    assert.deepEqual(
      findings.filter(({ message }) => message.includes("cpu")),
      [],
    );
  });
});
