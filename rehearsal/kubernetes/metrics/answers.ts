import type { Rate } from "./history";

/** https://github.com/kubernetes/metrics/blob/master/pkg/apis/metrics/v1beta1/types.go */
export const groupVersion = "metrics.k8s.io/v1beta1";
export const root = `/apis/${groupVersion}`;

export const resources = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources: [
    { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] },
    { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
  ],
};

interface Meta {
  name: string;
  namespace?: string;
  labels?: unknown;
}

export function podMetrics(meta: Meta, containers: { name: string; rate: Rate }[]) {
  return {
    kind: "PodMetrics",
    apiVersion: groupVersion,
    metadata: metadataOf(meta),
    ...measured(containers.map(({ rate }) => rate)),
    containers: containers.map(({ name, rate }) => ({ name, usage: quantities(rate) })),
  };
}

export function nodeMetrics(meta: Meta, rates: Rate[]) {
  const usage = rates.reduce(
    (sum, { cpu, memoryBytes }) => ({ cpu: sum.cpu + cpu, memoryBytes: sum.memoryBytes + memoryBytes }),
    ownUsage,
  );
  return {
    kind: "NodeMetrics",
    apiVersion: groupVersion,
    metadata: metadataOf(meta),
    ...measured(rates),
    usage: quantities(usage),
  };
}

/** A node's own, besides that of its pods. */
const ownUsage = { cpu: 0.05, memoryBytes: 400 * 2 ** 20 };

export function listOf(kind: "PodMetrics" | "NodeMetrics", items: object[]) {
  return { kind: `${kind}List`, apiVersion: groupVersion, metadata: {}, items };
}

export function notFound(resource: string, name: string) {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    reason: "NotFound",
    message: `${resource}.metrics.k8s.io "${name}" not found`,
    code: 404,
  };
}

function metadataOf({ name, namespace, labels }: Meta) {
  return { name, namespace, labels, creationTimestamp: new Date().toISOString() };
}

function measured(rates: Rate[]) {
  const at = Math.min(...rates.map((rate) => rate.at));
  const windowMs = Math.min(...rates.map((rate) => rate.windowMs));
  return { timestamp: new Date(at).toISOString(), window: `${windowMs / 1000}s` };
}

function quantities({ cpu, memoryBytes }: { cpu: number; memoryBytes: number }) {
  return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` };
}
