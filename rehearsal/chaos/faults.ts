import { setTimeout as sleep } from "node:timers/promises";
import { type ApiCall, changes, type Gate, jsonReply, type Reply } from "./gate";

/** What goes wrong with a call. */
export type Fault =
  /** The API refuses, and says so. `retryAfter` in seconds. */
  | { kind: "status"; status: 409 | 429 | 500 | 503; retryAfter?: number }
  /** The connection breaks before the call is carried out, or after: then it counts, but nobody hears the answer. */
  | { kind: "cut"; carriedOut: boolean }
  /** No answer, and then the connection breaks. */
  | { kind: "hang"; carriedOut: boolean; seconds: number }
  /** The API server of the cluster goes away and comes back; the call finds nobody. */
  | { kind: "restart" };

export interface PlannedFault {
  on: "google" | "clusters";
  fault: Fault;
  /** Calls of that side to let through first, after the fault before it. */
  after: number;
  /** Counts only calls that change something; else only those that read. Default `changes`. */
  counts?: "changes" | "reads";
}

export interface FaultRecord extends PlannedFault {
  call: ApiCall;
}

/** A gate that does the faults of a plan, one after the other for each side. */
export class FaultInjector {
  readonly done: FaultRecord[] = [];
  private readonly waiting: Record<PlannedFault["on"], PlannedFault[]>;
  private readonly seen = { google: 0, clusters: 0 };

  /** @param restart stops and starts the API server of a cluster */
  constructor(
    plan: PlannedFault[],
    private readonly restart: (cluster: string) => Promise<void>,
  ) {
    this.waiting = {
      google: plan.filter(({ on }) => on === "google"),
      clusters: plan.filter(({ on }) => on === "clusters"),
    };
  }

  /** How many faults have not found their call yet. */
  get left(): number {
    return this.waiting.google.length + this.waiting.clusters.length;
  }

  readonly gate: Gate = async (call, carryOut) => {
    const side = call.api === "google" ? "google" : "clusters";
    const [next] = this.waiting[side];
    if (!next || changes(call) !== (next.counts !== "reads") || this.seen[side]++ < next.after) {
      return carryOut();
    }
    this.waiting[side].shift();
    this.seen[side] = 0;
    this.done.push({ ...next, call });
    return this.apply(next.fault, call, carryOut);
  };

  private async apply(
    fault: Fault,
    call: ApiCall,
    carryOut: () => Promise<Reply>,
  ): Promise<Reply | undefined> {
    switch (fault.kind) {
      case "status":
        return refusal(fault, call);
      case "cut":
        if (fault.carriedOut) {
          await carryOut();
        }
        return undefined;
      case "hang":
        await Promise.all([sleep(fault.seconds * 1000), fault.carriedOut ? carryOut() : undefined]);
        return undefined;
      case "restart":
        await this.restart(call.api);
        return undefined;
    }
  }
}

/** In the words of the API that refuses. */
function refusal({ status, retryAfter }: Extract<Fault, { kind: "status" }>, { api }: ApiCall): Reply {
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (api === "google") {
    const [reason, message] = GOOGLE[status];
    return jsonReply(status, { error: { code: status, reason, message } }, headers);
  }
  const [reason, message] = KUBERNETES[status];
  return jsonReply(
    status,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code: status },
    headers,
  );
}

type Words = Record<409 | 429 | 500 | 503, readonly [reason: string, message: string]>;

const GOOGLE: Words = {
  409: ["operationInProgress", "Operation failed because another operation was already in progress."],
  429: [
    "rateLimitExceeded",
    "Quota exceeded for quota metric 'Queries' of service 'compute.googleapis.com'.",
  ],
  500: ["internalError", "Internal error encountered."],
  503: ["backendError", "The service is currently unavailable."],
};

const KUBERNETES: Words = {
  409: [
    "Conflict",
    "the object has been modified; please apply your changes to the latest version and try again",
  ],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  500: [
    "InternalError",
    "an error on the server (etcdserver: leader changed) has prevented the request from succeeding",
  ],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
};

export function describeFault({ fault, call }: FaultRecord): string {
  const what = {
    status: () =>
      fault.kind === "status" ? `${fault.status}${fault.retryAfter ? " with Retry-After" : ""}` : "",
    cut: () => `connection cut ${carried(fault)}`,
    hang: () => `no answer ${carried(fault)}`,
    restart: () => "API server restarted",
  }[fault.kind]();
  return `${what}: ${call.api} ${call.operation} ${call.subject}`;
}

function carried(fault: Fault): string {
  return "carriedOut" in fault && fault.carriedOut ? "after it was carried out" : "before it was carried out";
}
