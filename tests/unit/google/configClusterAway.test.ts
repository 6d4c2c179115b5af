import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { MultiClusterIngressController } from "../../../rehearsal/google/controllers/multiClusterIngress";
import type { Api } from "../../../rehearsal/google/controllers/objects";
import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { MemoryCloud } from "./memoryCloud";

const object = (kind: string, finalizer: string, more: object): ApiObject => ({
  apiVersion: "networking.gke.io/v1beta1",
  kind,
  metadata: {
    name: "edge",
    namespace: "gateways",
    uid: kind,
    finalizers: [`${finalizer}.finalizer.networking.gke.io`],
    annotations: {
      "networking.gke.io/static-ip": "203.0.113.2",
      "networking.gke.io/pre-shared-certs": "edge",
    },
  },
  ...more,
});

const ingress = object("MultiClusterIngress", "mci", {
  spec: { template: { spec: { backend: { serviceName: "edge", servicePort: 443 } } } },
});
const service = object("MultiClusterService", "mcs", {
  spec: { template: { spec: { selector: { istio: "gw" }, ports: [{ name: "https", port: 443 }] } } },
});

/** An API server that has these two objects, or does not answer. */
function apiServer() {
  const state = { up: true, asked: 0 };
  const answer = <T>(value: T) => {
    state.asked++;
    return state.up ? Promise.resolve(value) : Promise.reject(new Error("connection refused"));
  };
  const established = { status: { conditions: [{ type: "Established", status: "True" }] } };
  const api: Api = {
    get: (apiVersion, kind, name) => answer({ apiVersion, kind, metadata: { name }, ...established }),
    list: (_version, kind) => answer([ingress, service].filter((one) => one.kind === kind)),
    create: (made) => answer(made),
    patch: (patched) => answer(patched as ApiObject),
    delete: () => answer(undefined),
    watch: () => undefined,
  };
  return { api, state };
}

describe("the load balancer of a config cluster whose API is away", () => {
  it("goes on as it was told last, also while the API comes back, until the fleet has no config cluster", async () => {
    const cloud = new MemoryCloud();
    let now = apiServer();
    const controller = new MultiClusterIngressController(
      cloud,
      (cluster) => (cluster === "us-east1" ? now.api : undefined),
      () => undefined,
      { definitions: 0, address: 60_000, remove: 0 },
    );
    const served = () => controller.ingresses.flatMap(({ model }) => model?.address?.address ?? []);
    controller.start();
    try {
      await until(() => served().length > 0);
      now.state.up = false;
      await asks(now.state, controller);
      assert.deepEqual(served(), ["203.0.113.2"]);
      now = apiServer();
      now.state.up = false;
      await asks(now.state, controller);
      assert.deepEqual(served(), ["203.0.113.2"], "with another client");
      now.state.up = true;
      await asks(now.state, controller);
      assert.deepEqual(served(), ["203.0.113.2"], "with the API back");
      cloud.config = undefined;
      controller.poke();
      await until(() => served().length === 0);
    } finally {
      await controller.stop();
    }
  });
});

async function asks(state: { asked: number }, controller: MultiClusterIngressController): Promise<void> {
  const { asked } = state;
  controller.poke();
  await until(() => state.asked > asked);
  await sleep(50);
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, "it takes too long");
    await sleep(10);
  }
}
