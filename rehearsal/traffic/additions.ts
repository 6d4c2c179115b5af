import { setTimeout as sleep } from "node:timers/promises";
import type { Pod } from "../istio/pod";
import type { ApiClient, ApiObject } from "../kubernetes/client";
import { behindSidecar, isSidecar, PROXY } from "./proxy";

// What the rehearsal adds to a cluster so that stock Envoys without iptables do; the program knows nothing of it.

const FIELD_MANAGER = "rehearsal";

/** For istiod: stock Envoy has no filter for Istio's exchange of metadata. */
export const istiodEnvironment = { PILOT_ENABLE_METADATA_EXCHANGE: "false" };

/** Takes Istio's own filters out of every proxy's configuration: stock Envoy refuses all of a listener that names one. */
export function stockEnvoyFilter(): ApiObject {
  const http = "envoy.filters.network.http_connection_manager";
  const remove = (applyTo: string, filter: object) => ({
    applyTo,
    match: { listener: { filterChain: { filter } } },
    patch: { operation: "REMOVE" },
  });
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: "rehearsal-stock-envoy", namespace: "istio-system" },
    spec: {
      configPatches: [
        remove("HTTP_FILTER", { name: http, subFilter: { name: "istio.stats" } }),
        remove("HTTP_FILTER", { name: http, subFilter: { name: "istio.alpn" } }),
        remove("NETWORK_FILTER", { name: "istio.stats" }),
      ],
    },
  };
}

/** Lets the sidecar of such a pod listen on the workload's own port; undefined for a pod that needs none. */
export function sidecarWithoutCapture(pod: Pod): ApiObject | undefined {
  const app = pod.metadata.labels?.app;
  const ports = pod.spec.containers.filter(({ name }) => name !== PROXY).flatMap(({ ports = [] }) => ports);
  if (!isSidecar(pod) || !app || ports.length === 0) {
    return undefined;
  }
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "Sidecar",
    metadata: { name: `rehearsal-${app}`, namespace: pod.metadata.namespace },
    spec: {
      workloadSelector: { labels: { app } },
      ingress: ports.map(({ name, containerPort }) => ({
        port: { number: containerPort, protocol: "HTTP", name: name ?? `http-${containerPort}` },
        captureMode: "NONE",
        defaultEndpoint: `127.0.0.1:${behindSidecar(containerPort)}`,
      })),
    },
  };
}

/** Applies an object as soon as the cluster takes it: its kind comes with Istio, its webhook with istiod. */
export async function applyWhenTaken(
  client: ApiClient,
  object: ApiObject,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.apply(object, { fieldManager: FIELD_MANAGER, force: true });
      return;
    } catch {
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }
}
