import assert from "node:assert/strict";
import { ApiError, NoMatchError, type ApiClient, type ApiObject } from "../../../rehearsal/kubernetes/client";
import { timeoutOf } from "../../../rehearsal/engine/providers/kubernetes/await";
import { secretAwaiter, serviceAwaiter } from "../../../rehearsal/engine/providers/kubernetes/await/core";
import { parseJsonPath } from "../../../rehearsal/engine/providers/kubernetes/await/jsonPath";
import { podReadiness } from "../../../rehearsal/engine/providers/kubernetes/await/pods";
import { parseWaitFor } from "../../../rehearsal/engine/providers/kubernetes/await/waitFor";
import {
  daemonSetAwaiter,
  deploymentAwaiter,
  jobAwaiter,
} from "../../../rehearsal/engine/providers/kubernetes/await/workloads";
import { forces, takeOver } from "../../../rehearsal/engine/providers/kubernetes/fieldManagers";
import type { KubeObject } from "../../../rehearsal/engine/providers/kubernetes/object";
import { untilItExists } from "../../../rehearsal/engine/providers/kubernetes/retry";

/** A client that knows some objects. */
function clientWith(...objects: KubeObject[]): ApiClient {
  const matching = (kind: string) =>
    objects.filter((object) => object.kind === kind) as unknown as ApiObject[];
  return {
    list: (_: string, kind: string) => Promise.resolve(matching(kind)),
    get: (_: string, kind: string) => Promise.resolve(matching(kind)[0]),
  } as unknown as ApiClient;
}
const nobody = clientWith();

async function isReady(annotation: string, object: KubeObject) {
  return (await parseWaitFor(annotation)(object, nobody)).ready;
}

describe("pulumi.com/waitFor", () => {
  const healthy = { status: { status: "HEALTHY", replicas: 2 } };

  it("waits for a path's value, or for the path", async () => {
    assert.equal(await isReady("jsonpath={.status.status}=HEALTHY", healthy), true);
    assert.equal(await isReady("jsonpath={.status.status}=HEALTHY", { status: { status: "ERROR" } }), false);
    assert.equal(await isReady("jsonpath={.status.replicas}=2", healthy), true);
    assert.equal(await isReady("jsonpath={.status.status}", healthy), true);
    assert.equal(await isReady("jsonpath={.status.vip}", healthy), false);
  });

  it("waits for a condition, True unless it says another status", async () => {
    const object = { status: { conditions: [{ type: "Ready", status: "False" }] } };
    assert.equal(await isReady("condition=Ready", object), false);
    assert.equal(await isReady("condition=ready=false", object), true);
    assert.equal(await isReady("condition=Ready", {}), false);
  });

  it("waits for all of a list", async () => {
    const list = JSON.stringify(["jsonpath={.status.status}=HEALTHY", "condition=Ready"]);
    assert.equal(await isReady(list, healthy), false);
    const conditions = [{ type: "Ready", status: "True" }];
    assert.equal(await isReady(list, { status: { ...healthy.status, conditions } }), true);
  });

  it("does not trust a status of an older generation", async () => {
    const stale = { metadata: { generation: 2 }, status: { ...healthy.status, observedGeneration: 1 } };
    assert.equal(await isReady("jsonpath={.status.status}=HEALTHY", stale), false);
  });

  const mistakes: [string, RegExp][] = [
    ["{.status}", /expected a "jsonpath=" or "condition=" prefix, got "\{.status\}"/],
    ["jsonpath=.status", /should be wrapped in brackets/],
    ["jsonpath='{.status}'", /should omit shell quotes/],
    ["jsonpath={.status}=", /requires a value/],
    ["jsonpath={.a}=b=c", /format should be/],
    ["[]", /at least one condition/],
  ];
  for (const [annotation, message] of mistakes) {
    it(`refuses ${annotation}`, () => assert.throws(() => parseWaitFor(annotation), message));
  }
});

describe("a JSONPath", () => {
  const object = {
    metadata: { annotations: { "a.b/c": "x" } },
    status: {
      conditions: [
        { type: "A", n: 1 },
        { type: "B", n: 2 },
      ],
    },
  };
  const cases: [string, unknown[]][] = [
    [".status.conditions[1].type", ["B"]],
    [".status.conditions[-1].n", [2]],
    [".status.conditions[*].type", ["A", "B"]],
    ['.status.conditions[?(@.type=="B")].n', [2]],
    ["$.status.conditions[?(@.n == 1)].type", ["A"]],
    [".metadata.annotations['a.b/c']", ["x"]],
    [".nothing.here", []],
  ];
  for (const [path, found] of cases) {
    it(path, () => assert.deepEqual(parseJsonPath(path)(object), found));
  }

  it("says what it cannot read", () => {
    assert.throws(() => parseJsonPath(".a..b"), /cannot read "\.\.b"/);
  });
});

describe("the readiness of", () => {
  const owned = { ownerReferences: [{ uid: "d" }] };
  const deployment = (revision: string, conditions: KubeObject[]) => ({
    metadata: { uid: "d", generation: 3, annotations: { "deployment.kubernetes.io/revision": revision } },
    spec: { selector: { matchLabels: { app: "web" } } },
    status: { observedGeneration: 3, conditions },
  });
  const replicaSet = (revision: string, readyReplicas: number) => ({
    kind: "ReplicaSet",
    metadata: { ...owned, annotations: { "deployment.kubernetes.io/revision": revision } },
    spec: { replicas: 2 },
    status: { readyReplicas },
  });
  const available = { type: "Available", status: "True" };
  const check = deploymentAwaiter.check({});

  it("a new Deployment asks for its ReplicaSet's pods", async () => {
    const object = deployment("1", [available]);
    assert.equal((await check(object, clientWith(replicaSet("1", 2)))).ready, true);
    const waiting = await check(object, clientWith(replicaSet("1", 1)));
    assert.equal(waiting.ready, false);
    assert.equal(waiting.status, "Waiting for app ReplicaSet to be available (1/2 Pods available)");
  });

  it("a changed Deployment asks for the rollout of the newest revision", async () => {
    const done = { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" };
    const both = clientWith(replicaSet("1", 2), replicaSet("2", 2));
    assert.equal((await check(deployment("2", [available]), both)).ready, false);
    assert.equal((await check(deployment("2", [available, done]), both)).ready, true);
    assert.equal((await check(deployment("3", [available, done]), both)).ready, false);
  });

  it("a Deployment tells what its pods wait for", async () => {
    const pod = {
      kind: "Pod",
      metadata: { name: "web-1", namespace: "ns", ownerReferences: [{ uid: "rs" }] },
      status: {
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available",
          },
        ],
      },
    };
    const rs = replicaSet("1", 0);
    const client = clientWith({ ...rs, metadata: { ...rs.metadata, uid: "rs" } }, pod);
    const { problems } = await check(deployment("1", []), client);
    assert.deepEqual(problems, [
      "Minimum number of live Pods was not attained",
      "[Pod ns/web-1]: [Unschedulable] 0/1 nodes are available",
    ]);
  });

  it("a DaemonSet counts its pods", async () => {
    const counts = {
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberReady: 1,
    };
    const status = { observedGeneration: 1, desiredNumberScheduled: 1, ...counts };
    const daemonSet = { metadata: { generation: 1 }, status };
    assert.equal((await daemonSetAwaiter.check({})(daemonSet, nobody)).ready, true);
    const missing = { metadata: { generation: 1 }, status: { ...status, numberReady: 0 } };
    assert.deepEqual((await daemonSetAwaiter.check({})(missing, nobody)).problems, ["numberReady: 0/1"]);
    assert.equal((await daemonSetAwaiter.check({})({ metadata: { generation: 1 } }, nobody)).ready, false);
  });

  it("a Job ends with its failure", async () => {
    const status = {
      conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" }],
    };
    const result = await jobAwaiter.check({})({ status }, nobody);
    assert.deepEqual(result, { ready: false, failed: true, problems: ["[BackoffLimitExceeded] too often"] });
  });

  it("a Pod is its condition, or its success", () => {
    assert.equal(podReadiness({ status: { conditions: [{ type: "Ready", status: "True" }] } }).ready, true);
    assert.equal(podReadiness({ status: { phase: "Succeeded" } }).ready, true);
    assert.equal(podReadiness({ status: { phase: "Running" } }).ready, false);
  });

  it("a Service without selected pods is its address", async () => {
    const service = (spec: KubeObject, ingress: KubeObject[] = []) =>
      serviceAwaiter.check({})({ spec, status: { loadBalancer: { ingress } } }, nobody);
    assert.equal((await service({ clusterIP: "None", selector: { a: "b" } })).ready, true);
    assert.equal((await service({ type: "ExternalName", selector: { a: "b" } })).ready, true);
    assert.equal((await service({ type: "LoadBalancer" })).ready, false);
    assert.equal((await service({ type: "LoadBalancer" }, [{ ip: "10.0.0.1" }])).ready, true);
  });

  it("a Service with pods that are not ready is not good enough, even in the end", async () => {
    const endpoints = (subset: KubeObject) =>
      clientWith({ kind: "Endpoints", metadata: { resourceVersion: "1" }, subsets: [subset] });
    const service = { spec: { selector: { a: "b" } } };
    const pending = await serviceAwaiter.check({})(service, endpoints({ notReadyAddresses: [{}] }));
    assert.deepEqual([pending.ready, pending.goodEnough], [false, false]);
    const settling = await serviceAwaiter.check({})(service, endpoints({ addresses: [{}] }));
    assert.deepEqual([settling.ready, settling.goodEnough], [false, true]);
  });

  it("a token Secret is its data", async () => {
    const type = "kubernetes.io/service-account-token";
    assert.equal((await secretAwaiter.check({})({ type }, nobody)).ready, false);
    assert.equal((await secretAwaiter.check({})({ type, data: { token: "x" } }, nobody)).ready, true);
  });
});

describe("the time to wait", () => {
  const annotated = { metadata: { annotations: { "pulumi.com/timeoutSeconds": "30" } } };
  it("is customTimeouts, else the annotation, else 10 minutes", () => {
    assert.equal(timeoutOf(annotated, 5), 5000);
    assert.equal(timeoutOf(annotated, undefined), 30_000);
    assert.equal(timeoutOf({}, undefined), 600_000);
  });
});

describe("a creation is tried again", () => {
  const run = async (error: Error) => {
    const lines: string[] = [];
    let tries = 0;
    const attempt = () => {
      tries++;
      return Promise.reject(error);
    };
    const signal = new AbortController().signal;
    const onRetry = (line: string) => lines.push(line);
    await assert.rejects(untilItExists(attempt, { onRetry, signal, unit: 0 }), error);
    return { tries, lines };
  };

  it("six times while the kind or the namespace is missing", async () => {
    const { tries, lines } = await run(new NoMatchError("a/v1", "B"));
    assert.equal(tries, 6);
    assert.equal(lines[0], 'Retry #0; creation failed: no matches for kind "B" in version "a/v1"');
    assert.equal((await run(new ApiError(404, "NotFound", "no namespace", ""))).tries, 6);
  });

  it("not at all after any other refusal", async () => {
    assert.equal((await run(new ApiError(422, "Invalid", "bad", ""))).tries, 1);
  });
});

describe("the field managers of an object", () => {
  const entry = (manager: string, operation: string, fieldsV1: KubeObject, more: KubeObject = {}) => ({
    manager,
    operation,
    fieldsV1,
    ...more,
  });

  it("give the fields of a creation to the resource's own manager", async () => {
    let body: unknown;
    const client = {
      objectPath: () => Promise.resolve("/path"),
      request: (_method: string, _path: string, options: { body: unknown }) => {
        body = options.body;
        return Promise.resolve({});
      },
    } as unknown as ApiClient;
    const status = entry("kubectl", "Update", { "f:status": {} }, { subresource: "status" });
    const live = {
      metadata: {
        resourceVersion: "7",
        managedFields: [
          entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }),
          entry("kubectl-edit", "Update", { "f:data": { "f:b": {} } }),
          status,
        ],
      },
    };
    await takeOver(client, live, "mine");
    assert.deepEqual(body, [
      {
        op: "replace",
        path: "/metadata/managedFields",
        value: [status, entry("mine", "Apply", { "f:data": { "f:a": {}, "f:b": {} } })],
      },
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    ]);
  });

  it("are overridden by annotation, by the provider's word, and in the preview of a first update", () => {
    const plain = { enablePatchForce: false, preview: false };
    const created = { metadata: { managedFields: [entry("pulumi-kubernetes", "Update", {})] } };
    const forced = { metadata: { annotations: { "pulumi.com/patchForce": "true" } } };
    assert.equal(forces({}, created, plain), false);
    assert.equal(forces(forced, created, plain), true);
    assert.equal(forces({}, created, { ...plain, enablePatchForce: true }), true);
    assert.equal(forces({}, created, { ...plain, preview: true }), true);
    const applied = { metadata: { managedFields: [entry("mine", "Apply", {})] } };
    assert.equal(forces({}, applied, { ...plain, preview: true }), false);
  });
});
