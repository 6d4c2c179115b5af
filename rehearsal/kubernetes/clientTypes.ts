/** Names one object. A whole object will do. A namespaced kind without a namespace means `default`. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** A Kubernetes object as JSON. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** What the API server says about a failed request: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface StatusBody {
  kind?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** The API server answered, and its answer is an error. `reason` is its own word: `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, ... */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly body: StatusBody | string,
  ) {
    super(message);
  }

  /** The parts of the refusal, one per field; empty when the server gave none. */
  get causes(): { reason?: string; message?: string; field?: string }[] {
    return typeof this.body === "string" ? [] : (this.body.details?.causes ?? []);
  }
}

/** No answer at all: the address, the connection, the certificate, or the credential plugin failed. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** The API server serves no such kind (no CRD yet, or not any more). */
export class NoMatchError extends Error {
  override readonly name = "NoMatchError";
  constructor(
    readonly apiVersion: string,
    readonly kind: string,
  ) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404;
}

/** How a kind is served: `${prefix}/namespaces/<ns>/${plural}/<name>`. */
export interface ApiResource {
  /** `/api/v1` or `/apis/<group>/<version>`. */
  prefix: string;
  plural: string;
  namespaced: boolean;
  /** Such as `status`, `scale`. */
  subresources: string[];
  verbs: string[];
}
