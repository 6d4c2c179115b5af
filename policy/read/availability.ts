import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Expect, Props } from "../rule";
import { at, isObject, listAt, numberIn, objectAt, put, unless } from "./values";

/** What it takes to survive the loss of a node. */
export interface Availability {
  minReplicas: number;
  nodeLabel: string;
  taint: string;
}

export const availabilitySchema: PolicyConfigSchema = {
  properties: {
    minReplicas: { type: "integer", default: 2, description: "The least minReplicas of an autoscaler." },
    nodeLabel: {
      type: "string",
      default: "cloud.google.com/gke-spot",
      description: "The label that nodeSelector names; empty: any.",
    },
    taint: {
      type: "string",
      default: "cloud.google.com/gke-spot",
      description: "The key of the taint that is tolerated; empty: any.",
    },
  },
};

/** A value of a description, with the default of whoever reads the description. */
export interface Slot {
  /** Where it stands, for messages. */
  field: string;
  /** May meet an unknown value. */
  read(): unknown;
  /** Returns whether it was another value before. */
  write(value: unknown): boolean;
}

/** @param field where `root` stands; `root` is an object if the slot is written */
export function slot(root: unknown, field: string, path: [string, ...string[]], standard?: unknown): Slot {
  return {
    field: [field, ...path].filter(Boolean).join("."),
    read: () => at(root, ...path) ?? standard,
    write: (value) => put(root as Props, value, ...path),
  };
}

/** istiod or a gateway, wherever it is described. */
export interface Workload {
  /** Of its autoscaler and its budget, where there are any. */
  switches?: Slot[];
  /** Whether it has an autoscaler, of whichever size. */
  isScaled(): boolean;
  /** Absent, with {@link maxReplicas}, where no autoscaler was found. */
  minReplicas?: Slot;
  maxReplicas?: Slot;
  /** Absent where none was found. */
  budget?: Slot;
  /** One of each container. */
  cpuRequests: Slot[];
  nodeSelector: Slot;
  tolerations: Slot;
  podAntiAffinity: Slot;
}

/** The slots of a pod's placement, which has one shape everywhere. `at` makes a slot from a path in it. */
export function placement(at: (...path: [string, ...string[]]) => Slot) {
  return {
    nodeSelector: at("nodeSelector"),
    tolerations: at("tolerations"),
    podAntiAffinity: at("affinity", "podAntiAffinity"),
  };
}

export function inspectWorkload(workload: Workload, expect: Expect, config: Availability): void {
  const { switches = [], minReplicas, maxReplicas, budget } = workload;
  for (const one of switches) {
    check(one, expect, (value) => unless(value !== false, value, "write true"));
  }
  check(minReplicas, expect, (min) =>
    unless(typeof min === "number" && min >= config.minReplicas, min, `write ${config.minReplicas} or more`),
  );
  check(maxReplicas, expect, (max) => {
    const min = minReplicas?.read();
    const fits = typeof max === "number" && (typeof min !== "number" || max >= min);
    return unless(fits, max, "write at least minReplicas");
  });
  check(budget, expect, (value) => budgetProblem(value, minReplicas?.read()));
  for (const request of workload.cpuRequests) {
    check(request, expect, (cpu) =>
      unless(
        cpu !== undefined && numberIn(cpu) > 0,
        cpu,
        "the autoscaler does nothing without it; write a request, such as 100m",
      ),
    );
  }
  inspectPlacement(workload, expect, config);
}

function inspectPlacement(workload: Workload, expect: Expect, { nodeLabel, taint }: Availability): void {
  check(workload.nodeSelector, expect, (selector) => {
    const found = nodeLabel ? at(selector, nodeLabel) : Object.keys(objectAt(selector))[0];
    return unless(found !== undefined, undefined, `name the label ${nodeLabel || "of the nodes"}`);
  });
  check(workload.tolerations, expect, (tolerations) => {
    const tolerated = listAt(tolerations).some((toleration) => {
      const key = at(toleration, "key");
      return !taint || key === taint || (!key && at(toleration, "operator") === "Exists");
    });
    return unless(tolerated, undefined, `tolerate the taint ${taint || "of the nodes"}`);
  });
  check(workload.podAntiAffinity, expect, (spread) => {
    const terms = [
      ...listAt(spread, "preferredDuringSchedulingIgnoredDuringExecution"),
      ...listAt(spread, "requiredDuringSchedulingIgnoredDuringExecution"),
    ];
    return unless(terms.length > 0, undefined, "spread the replicas over kubernetes.io/hostname");
  });
}

function check(
  what: Slot | undefined,
  expect: Expect,
  problem: (value: unknown) => string | undefined,
): void {
  if (what) {
    expect(what.field, () => problem(what.read()));
  }
}

/** A budget that never admits an eviction blocks every upgrade of the nodes (istio/istio#12602). */
function budgetProblem(budget: unknown, least: unknown): string | undefined {
  if (!isObject(budget)) {
    return "is missing: write {minAvailable: 1}";
  }
  const { minAvailable, maxUnavailable } = budget;
  if (minAvailable === undefined && maxUnavailable === undefined) {
    return "is empty: write {minAvailable: 1}";
  }
  if (maxUnavailable !== undefined) {
    return unless(
      numberIn(maxUnavailable) > 0,
      { maxUnavailable },
      "it blocks every drain; write {maxUnavailable: 1}",
    );
  }
  if (!(numberIn(minAvailable) > 0)) {
    return unless(false, { minAvailable }, "it keeps no replica; write {minAvailable: 1}");
  }
  return unless(
    !blocks(minAvailable, typeof least === "number" ? least : Infinity),
    { minAvailable },
    "it blocks every drain at the least number of replicas; write {minAvailable: 1}",
  );
}

/** Kubernetes rounds a share of the replicas up. */
function blocks(minAvailable: unknown, replicas: number): boolean {
  if (typeof minAvailable === "number") {
    return minAvailable >= replicas;
  }
  const share = numberIn(minAvailable);
  return share >= 100 || (replicas < Infinity && Math.ceil((share * replicas) / 100) >= replicas);
}

/**
 * Raises the least number of replicas, and writes a missing budget where enough of them stay for a drain. A budget that somebody
 * wrote, and an autoscaler that is off or not described at all, are a person's choice.
 */
export function mendWorkload(workload: Workload, { minReplicas: wanted }: Availability): boolean {
  const { minReplicas, maxReplicas, budget } = workload;
  if (!minReplicas || !workload.isScaled()) {
    return false;
  }
  const least = minReplicas.read();
  let changed = (typeof least !== "number" || least < wanted) && minReplicas.write(wanted);
  const min = Number(minReplicas.read());
  const max = maxReplicas?.read();
  if (typeof max === "number" && max < min) {
    changed = maxReplicas?.write(min) === true || changed;
  }
  const found = budget?.read();
  if (min >= 2 && (found === undefined || (isObject(found) && Object.keys(found).length === 0))) {
    changed = budget?.write({ minAvailable: 1 }) === true || changed;
  }
  return changed;
}
