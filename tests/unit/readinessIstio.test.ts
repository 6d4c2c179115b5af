import type { V1Deployment, V1Service } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import assert from "node:assert/strict";
import type { ClusterApi } from "../../components/clusterApi";
import {
  type IstioOperatorResource,
  observeIstio,
  observeStatus,
  unavailable,
} from "../../components/istioReadiness";

const SPEC_TIME = "2026-01-01T10:00:00Z";
const LATER = "2026-01-01T10:00:05Z";
const EARLIER = "2026-01-01T09:59:59Z";

/** A resource that Pulumi wrote, and that the operator says something of. */
function resource(
  status: IstioOperatorResource["status"],
  { spec = SPEC_TIME, said = LATER, manager = "pulumi-kubernetes-1a2b3c4d" } = {},
): IstioOperatorResource {
  return {
    metadata: {
      managedFields: [
        { manager, time: spec },
        ...(said ? [{ manager: "operator", subresource: "status", time: said }] : []),
      ],
    },
    status,
  };
}

function deployment(
  status: NonNullable<V1Deployment["status"]>,
  { generation = 3, replicas = 2 } = {},
): V1Deployment {
  return {
    metadata: { generation },
    spec: { replicas, selector: {}, template: {} },
    status: { observedGeneration: 3, ...status },
  };
}

const AVAILABLE = deployment({ availableReplicas: 2, updatedReplicas: 2 });

describe("the status of an IstioOperator resource", () => {
  it("is ready when the operator said HEALTHY after the spec was written", () => {
    assert.deepEqual(observeStatus(resource({ status: "HEALTHY" })), { done: true });
    assert.deepEqual(observeStatus(resource({ status: "HEALTHY" }, { said: SPEC_TIME })), { done: true });
  });

  it("is not ready when HEALTHY is older than the spec: the operator may not be able to read it", () => {
    assert.deepEqual(observeStatus(resource({ status: "HEALTHY" }, { said: EARLIER })), {
      done: false,
      reason: "the operator has not looked at the latest change",
    });
  });

  it("is not failed either when an ERROR is older than the spec, which may mend it", () => {
    const seen = observeStatus(resource({ status: "ERROR" }, { said: EARLIER }));
    assert.deepEqual(seen, { done: false, reason: "the operator has not looked at the latest change" });
  });

  it("is not ready before the operator said anything", () => {
    const seen = observeStatus(resource(undefined, { said: "" }));
    assert.equal(seen.done, false);
  });

  it("counts the latest of several writes of the spec", () => {
    const twice = resource({ status: "HEALTHY" });
    twice.metadata?.managedFields?.push({
      manager: "pulumi-kubernetes-5e6f7a8b",
      time: "2026-01-01T10:00:09Z",
    });
    assert.equal(observeStatus(twice).done, false);
  });

  it("does not take the operator's own finalizer for a change of the spec", () => {
    const finalized = resource({ status: "HEALTHY" });
    finalized.metadata?.managedFields?.push({ manager: "operator", time: "2026-01-01T10:00:09Z" });
    assert.deepEqual(observeStatus(finalized), { done: true });
  });

  it("knows what Pulumi wrote with its first, unnumbered field manager too", () => {
    const first = resource({ status: "HEALTHY" }, { manager: "pulumi-kubernetes", said: EARLIER });
    assert.equal(observeStatus(first).done, false);
  });

  it("goes on being waited for while the operator is at work", () => {
    assert.deepEqual(observeStatus(resource({ status: "RECONCILING" })), {
      done: false,
      reason: "status RECONCILING",
      failed: false,
    });
  });

  for (const status of ["ERROR", "ACTION_REQUIRED"]) {
    it(`is failed at ${status}, with what each component says`, () => {
      const seen = observeStatus(
        resource({
          status,
          message: "something is wrong",
          componentStatus: {
            Base: { status: "HEALTHY" },
            Pilot: { status: "ERROR", error: "failed to create: forbidden" },
            IngressGateways: { status: "ERROR", error: "no such namespace" },
          },
        }),
      );
      assert.deepEqual(seen, {
        done: false,
        failed: true,
        reason: `status ${status}; something is wrong; Pilot: failed to create: forbidden; IngressGateways: no such namespace`,
      });
    });
  }

  it("is not ready when it does not exist", () => {
    assert.deepEqual(observeStatus(undefined), { done: false, reason: "it does not exist" });
  });
});

describe("a Deployment", () => {
  it("is available with all replicas of its newest generation", () => {
    assert.equal(unavailable(AVAILABLE), undefined);
    assert.equal(unavailable(deployment({ availableReplicas: 5, updatedReplicas: 5 })), undefined);
  });

  it("is not available before it exists", () => {
    assert.equal(unavailable(undefined), "does not exist");
  });

  it("is not available before its controller has seen the newest generation", () => {
    const old = { availableReplicas: 2, updatedReplicas: 2 };
    assert.equal(unavailable(deployment(old, { generation: 4 })), "is being updated");
    assert.equal(unavailable({ metadata: { generation: 1 } }), "is being updated");
  });

  it("is not available while replicas are missing", () => {
    assert.equal(
      unavailable(deployment({ availableReplicas: 1, updatedReplicas: 2 })),
      "has 1 of 2 replicas available",
    );
    assert.equal(unavailable(deployment({ updatedReplicas: 2 })), "has 0 of 2 replicas available");
  });

  it("is not available while its available replicas are those of an older template", () => {
    assert.equal(
      unavailable(deployment({ availableReplicas: 2, updatedReplicas: 1 })),
      "has 1 of 2 replicas available",
    );
  });

  it("wants one replica where it does not say", () => {
    const one = deployment({ availableReplicas: 1, updatedReplicas: 1 });
    delete one.spec?.replicas;
    assert.equal(unavailable(one), undefined);
  });
});

describe("istiod or the gateways of a cluster", () => {
  const asked: unknown[] = [];
  const of = {
    name: "gateways-1-23-6",
    revision: "1-23-6",
    deployments: [gateway("east"), gateway("ingress")],
  };

  function gateway(name: string) {
    return { namespace: "istio-gateways", name };
  }

  function api(
    status: string,
    deployments: Record<string, V1Deployment>,
    services: Record<string, V1Service> = {},
  ): ClusterApi {
    asked.length = 0;
    return {
      customObject: (ref) => {
        asked.push(ref);
        return Promise.resolve(resource({ status }));
      },
      deployment: (namespace, name) => {
        asked.push(`${namespace}/${name}`);
        return Promise.resolve(deployments[name]);
      },
      service: (namespace, name) => {
        asked.push(`${namespace}/${name}`);
        return Promise.resolve(services[name]);
      },
      customResourceDefinition: () => Promise.reject(new Error("not asked for")),
    };
  }

  it("is ready when the resource is HEALTHY and all its Deployments are available", async () => {
    const seen = await observeIstio(api("HEALTHY", { east: AVAILABLE, ingress: AVAILABLE }), of);
    assert.deepEqual(seen, { done: true });
    assert.deepEqual(asked, [
      {
        group: "install.istio.io",
        version: "v1alpha1",
        plural: "istiooperators",
        namespace: "istio-system",
        name: "gateways-1-23-6",
      },
      "istio-gateways/east",
      "istio-gateways/ingress",
    ]);
  });

  it("is not ready by HEALTHY alone: each Deployment is looked at", async () => {
    const busy = deployment({ availableReplicas: 1, updatedReplicas: 2 });
    assert.deepEqual(await observeIstio(api("HEALTHY", { east: AVAILABLE, ingress: busy }), of), {
      done: false,
      reason: "Deployment istio-gateways/ingress has 1 of 2 replicas available",
    });
    assert.deepEqual(await observeIstio(api("HEALTHY", {}), of), {
      done: false,
      reason: "Deployment istio-gateways/east does not exist",
    });
  });

  it("is not ready before the load balancer has its address, where one is asked for", async () => {
    const ready = { east: AVAILABLE, ingress: AVAILABLE };
    const withAddress = { ...of, loadBalancers: [gateway("east")] };
    const addressed = (ingress: { ip?: string; hostname?: string }[]): V1Service => ({
      status: { loadBalancer: { ingress } },
    });
    for (const service of [undefined, {}, { status: {} }, addressed([]), addressed([{}])]) {
      const services: Record<string, V1Service> = service ? { east: service } : {};
      assert.deepEqual(await observeIstio(api("HEALTHY", ready, services), withAddress), {
        done: false,
        reason: "Service istio-gateways/east has no load balancer address",
      });
    }
    for (const service of [addressed([{ ip: "10.16.0.9" }]), addressed([{ hostname: "lb.example.com" }])]) {
      assert.deepEqual(await observeIstio(api("HEALTHY", ready, { east: service }), withAddress), {
        done: true,
      });
    }
  });

  it("is failed by the resource, whatever its Deployments look like", async () => {
    const seen = await observeIstio(api("ERROR", { east: AVAILABLE, ingress: AVAILABLE }), of);
    assert.deepEqual(seen, { done: false, reason: "status ERROR", failed: true });
    assert.deepEqual(asked.slice(1), ["istio-operator/istio-operator-1-23-6"]);
  });

  it("is not failed by what was said before the operator was restarted: it looks at everything again", async () => {
    const restarted = (restartedAt: string) => ({
      "istio-operator-1-23-6": {
        spec: {
          selector: {},
          template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": restartedAt } } },
        },
      },
    });
    // As kubectl writes it: with the person's own offset.
    assert.deepEqual(await observeIstio(api("ERROR", restarted("2026-01-01T12:00:06+02:00")), of), {
      done: false,
      reason: "status ERROR; its operator was restarted since",
      failed: false,
    });
    const before = await observeIstio(api("ERROR", restarted("2026-01-01T12:00:04+02:00")), of);
    assert.equal(!before.done && before.failed, true);
  });
});
