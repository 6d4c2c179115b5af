import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiObject } from "../../rehearsal/kubernetes/client";
import { requestEdge } from "../../rehearsal/traffic/request";
import type { Traffic } from "../../rehearsal/traffic/traffic";
import type { Stage } from "./stage";

/** Seconds in which proxies and load balancers take notice. */
const PATIENCE = 90;

interface Expected {
  /** Region of the client. */
  from: string;
  /** The cluster that is to answer all requests. */
  by: string;
  /** Default: the global address. */
  host?: string;
}

/** Asks ten times, and again until all answers are as expected. */
export async function answered(traffic: Traffic, { from, by, host }: Expected): Promise<void> {
  const expected = Array.from({ length: 10 }, () => `200 ${by}`);
  const deadline = Date.now() + PATIENCE * 1000;
  for (;;) {
    const answers: string[] = [];
    while (answers.length < expected.length) {
      const { status, headers } = await requestEdge(traffic, { from, scheme: "https", host });
      answers.push(`${status} ${clusterOf(traffic, String(headers["x-rehearsal-pod"]))}`);
    }
    if (answers.join() === expected.join()) {
      return;
    }
    if (Date.now() > deadline) {
      assert.deepEqual(answers, expected, `from ${from} to ${host ?? "the global address"}`);
    }
    await sleep(500);
  }
}

export function clusterOf(traffic: Traffic, pod: string): string | undefined {
  return traffic
    .clusters()
    .find((cluster) => traffic.played(cluster).some((played) => played.pod.metadata.name === pod));
}

export function clientOf({ rehearsal }: Stage, name: string): ApiClient {
  const cluster = rehearsal.clusters.get(name);
  assert.ok(cluster);
  return cluster.plane.client;
}

/** A header of twenty answers. */
export async function whoAnswers(traffic: Traffic, from: string, header: string): Promise<string[]> {
  const found: string[] = [];
  while (found.length < 20) {
    const { headers } = await requestEdge(traffic, { from, scheme: "https" });
    found.push(String(headers[header]));
  }
  return found;
}

/**
 * Asks ten times a second while something happens, in turn for the page and with what nobody on the way may send twice, to which
 * the page says that it is not allowed.
 *
 * @throws AssertionError when one was not answered so, or with what was thrown by what happened.
 */
export async function losesNone(traffic: Traffic, from: string, happens: () => Promise<void>): Promise<void> {
  const problems: string[] = [];
  const expected = { GET: 200, POST: 405 };
  const started = Date.now();
  let ended = false;
  const problem = (text: string) => problems.push(`${((Date.now() - started) / 1000).toFixed(1)} s: ${text}`);
  const asking = (async () => {
    while (!ended) {
      for (const [method, wanted] of Object.entries(expected)) {
        await requestEdge(traffic, { from, scheme: "https", method }).then(
          ({ status }) => status === wanted || problem(`${method}: HTTP ${status}`),
          (error: Error) => problem(`${method}: ${error.message}`),
        );
        await sleep(100);
      }
    }
  })();
  try {
    await happens();
  } catch (error) {
    problem(`then: ${error instanceof Error ? error.message : String(error)}`);
  }
  ended = true;
  await asking;
  assert.deepEqual(problems, []);
}

/** The pods that are left, once that many are: the others have drained and ended. */
export async function onlyLeft(client: ApiClient, pods: ApiObject[], count: number): Promise<ApiObject[]> {
  const [first] = pods;
  const left = async () => {
    const now = await client.list("v1", "Pod", { namespace: first?.metadata.namespace });
    return now.filter(({ metadata }) => pods.some((pod) => pod.metadata.uid === metadata.uid));
  };
  await eventually(async () => (await left()).length === count, `${count} of ${pods.length} pods are left`);
  return left();
}

export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE * 1000; !(await holds()); await sleep(500)) {
    assert.ok(Date.now() < deadline, `not in ${PATIENCE} s: ${what}`);
  }
}
