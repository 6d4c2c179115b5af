import assert from "node:assert/strict";
import { type Api, ApiError } from "../../../verify/cluster/client";
import { probe, resultOf } from "../../../verify/cluster/probePod";
import type { KubernetesObject } from "../../../verify/objects";

const pod = (status: object): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "verify-check-0" },
  spec: { nodeName: "node-1" },
  status: { containerStatuses: [status] },
});

const ended = (exitCode: number, more: object = {}) =>
  pod({ containerID: "x", state: { terminated: { exitCode, reason: "Error", ...more } } });

describe("what a pod with curl found", () => {
  it("is a connection, whatever was answered", () => {
    // 0: an answer; 22, 35, 52, 56: somebody was there, and said something else.
    for (const code of [0, 22, 35, 52, 56]) {
      assert.deepEqual(resultOf(ended(code), 15), { connected: true, detail: "answers" });
    }
  });

  it("is none where nobody takes it, or nobody has the name", () => {
    assert.deepEqual(resultOf(ended(7), 15), { connected: false, detail: "nobody takes the connection" });
    assert.deepEqual(resultOf(ended(28), 15), {
      connected: false,
      detail: "no answer in 15 s (--timeout SECONDS waits longer)",
    });
    assert.deepEqual(resultOf(ended(6), 15), { connected: false, detail: "its name is not known" });
  });

  it("is not known where the command did not run", () => {
    const message = 'exec: "curl": executable file not found in $PATH';
    assert.deepEqual(resultOf(ended(127, { message }), 15), {
      unknown: `the pod's command did not run: ${message}`,
    });
    assert.deepEqual(resultOf(ended(1, { reason: "StartError", message: "no such user" }), 15), {
      unknown: "the pod's command did not run: no such user",
    });
  });

  it("is not known on a node that is played, and not there yet while the pod waits or runs", () => {
    assert.deepEqual(resultOf(pod({ state: { running: {} } }), 15), {
      unknown: "node node-1 runs no containers",
    });
    assert.equal(resultOf(pod({ containerID: "x", state: { running: {} } }), 15), undefined);
    assert.equal(resultOf(pod({ state: { waiting: { reason: "ContainerCreating" } } }), 15), undefined);
    assert.equal(resultOf(undefined, 15), undefined);
  });
});

describe("a pod with curl", () => {
  const target = {
    namespace: "istio-gateways",
    image: "proxyv2:1",
    url: "https://10.16.0.64:15443/",
    timeout: 30,
  };

  /** An API that gives the pod's states one after the other. */
  function api(states: (KubernetesObject | Error)[]) {
    const made: KubernetesObject[] = [];
    const deleted: string[] = [];
    const fake: Partial<Api> = {
      create: (object) => Promise.resolve(made.push(object)).then(() => object),
      get: () => {
        const state = states.shift();
        return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
      },
      delete: (_version, _kind, name, namespace) =>
        Promise.resolve(deleted.push(`${namespace}/${name}`)).then(() => undefined),
    };
    return { fake: fake as Api, made, deleted };
  }

  it("asks for the URL without privileges, and is gone afterwards", async () => {
    const { fake, made, deleted } = api([pod({ state: { waiting: {} } }), ended(0)]);
    assert.deepEqual(await probe(fake, target), { connected: true, detail: "answers" });
    const [created] = made;
    assert.match(created?.metadata.name ?? "", /^verify-check-[0-9a-f]{8}$/);
    assert.equal(created?.metadata.namespace, "istio-gateways");
    // Not in the mesh: the question is whether the network lets it through.
    assert.equal(created?.metadata.labels?.["sidecar.istio.io/inject"], "false");
    const { containers, automountServiceAccountToken, restartPolicy, activeDeadlineSeconds } =
      created?.spec as {
        containers: { command: string[]; image: string; securityContext: Record<string, unknown> }[];
        automountServiceAccountToken: boolean;
        restartPolicy: string;
        activeDeadlineSeconds: number;
      };
    assert.equal(containers[0]?.image, "proxyv2:1");
    assert.deepEqual([containers[0]?.command[0], containers[0]?.command.at(-1)], ["curl", target.url]);
    assert.match(containers[0]?.command.join(" ") ?? "", / --max-time 30 /);
    assert.equal(activeDeadlineSeconds, 120);
    assert.equal(containers[0]?.securityContext.runAsNonRoot, true);
    assert.deepEqual([automountServiceAccountToken, restartPolicy], [false, "Never"]);
    assert.deepEqual(deleted, [`istio-gateways/${created?.metadata.name}`]);
  });

  it("has three times the time of an answer to end, most of it for its start", async () => {
    const waiting = pod({ state: { waiting: { reason: "ContainerCreating" } } });
    const { fake, made } = api(Array.from({ length: 9 }, () => waiting));
    const found = await probe(fake, { ...target, timeout: 0.25 });
    assert.deepEqual(found, {
      unknown: `pod istio-gateways/${made[0]?.metadata.name} did not end in 0.75 s (--timeout SECONDS waits longer): ContainerCreating`,
    });
  });

  it("says nothing of the way when nobody lets it in", async () => {
    const { fake } = api([]);
    fake.create = () => Promise.reject(new ApiError(403, "exceeded quota: pods"));
    const found = await probe(fake, target);
    assert.ok("unknown" in found);
    assert.match(found.unknown, /^the API server takes no pod .*: exceeded quota: pods$/);
  });

  it("is gone as well when nobody could ask it", async () => {
    const { fake, deleted } = api([new Error("the API server is gone")]);
    await assert.rejects(probe(fake, target), /the API server is gone/);
    assert.equal(deleted.length, 1);
  });
});
