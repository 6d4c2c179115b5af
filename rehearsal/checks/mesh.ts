import { TIMEOUT } from "../../verify/late";
import type { BackendHealth, Cloud } from "../google/controllers";
import type { IngressState } from "../google/controllers/multiClusterIngress";
import { cloudOf } from "../google/projectCloud";
import type { Rehearsal } from "../host";
import type { ApiClient } from "../kubernetes/client";
import { layout } from "../layout";
import { readSettings, type Settings } from "./settings";

export const ISTIO_NAMESPACE = "istio-system";
export const GATEWAY_NAMESPACE = "istio-gateways";

/** A cluster that checks are asked of. */
export interface CheckedCluster {
  name: string;
  /** As administrator. */
  client: ApiClient;
  kubeconfigPath: string;
  /** HTTPS_PROXY of its pods: the network as they see it. */
  proxy: string;
}

/** What checks are asked of. */
export interface CheckedMesh {
  clusters: CheckedCluster[];
  settings: Settings;
  cloud: Cloud;
  /** Environment of a person who works on the project. */
  env: Record<string, string>;
  /** Seconds that an answer may take. */
  timeout: number;
  backends(): Promise<BackendHealth[]>;
  ingresses(): IngressState[];
}

export interface CheckOptions {
  /** Names of the stacks that are up. */
  stacks: string[];
  /** The program and the stacks that verify is asked about. Default: the rehearsal's program, and these stacks. */
  program?: { folder: string; stacks: string[] };
  /** As `rehearsal.environment()` gives it. */
  env: Record<string, string>;
  /** Seconds that an answer may take. Default: that of verify. */
  timeout?: number;
}

export async function meshOf(
  rehearsal: Rehearsal,
  { stacks, env, timeout = TIMEOUT }: CheckOptions,
): Promise<CheckedMesh> {
  const clusters = [...rehearsal.clusters].map(async ([name, { plane }]): Promise<CheckedCluster> => {
    const { client, kubeconfigPath } = plane;
    return { name, client, kubeconfigPath, proxy: await rehearsal.network.proxyFor(name) };
  });
  return {
    clusters: await Promise.all(clusters),
    settings: readSettings(layout.program, stacks),
    cloud: cloudOf(rehearsal.project),
    env,
    timeout,
    backends: () => rehearsal.backends(),
    ingresses: () => rehearsal.ingresses(),
  };
}
