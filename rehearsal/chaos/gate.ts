/** A call that reached an API of the rehearsal: the simulated project's, or a cluster's through its DNS endpoint. */
export interface ApiCall {
  /** `google`, or the cluster. */
  api: string;
  /** `apply` is Kubernetes' server-side apply and its patches, which create or update. Dry runs are reads. */
  operation: "create" | "apply" | "update" | "delete" | "read";
  /** A type and an id of the project, or the path of an object in a cluster. */
  subject: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/**
 * Stands between clients and an API: decides whether a call is carried out, what is answered, and when.
 *
 * @returns the answer; undefined cuts the connection without one.
 */
export type Gate = (call: ApiCall, carryOut: () => Promise<Reply>) => Promise<Reply | undefined>;

/** Whether a call changes something. */
export function changes({ operation }: ApiCall): boolean {
  return operation !== "read";
}

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}
