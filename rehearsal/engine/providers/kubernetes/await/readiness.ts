import type { ApiClient } from "../../../../kubernetes/client";
import type { KubeObject } from "../object";

export interface Readiness {
  ready: boolean;
  /** For the resource's row while it waits. */
  status?: string;
  /** What to tell when the time is up. */
  problems?: string[];
  /** It will not become ready any more. */
  failed?: boolean;
  /** Good enough when the time is up. */
  goodEnough?: boolean;
}

export type Check = (live: KubeObject, client: ApiClient) => Promise<Readiness> | Readiness;

export interface Awaiter {
  /** A new check for one wait: it may keep what it has seen. */
  check: (made: KubeObject) => Check;
  /** Fixed, whatever the user asks for. Default: the user's, or 10 min. */
  timeoutMs?: number;
  /** Whether a refresh asks too. */
  onRead?: boolean;
}
