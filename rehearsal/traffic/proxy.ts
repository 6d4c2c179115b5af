import type { Container, Pod } from "../istio/pod";
import { expand } from "../istio/environment";
import type { TrafficTools } from "../tools/traffic";

export const PROXY = "istio-proxy";

/** Names in the label `app` by which a pod is known as one that carries traffic. */
export const trafficApps = ["istio-ingressgateway", "istio-eastwestgateway", "verify"];

/** The label `app.kubernetes.io/name` of pods that only run `curl`, for a moment: those of verify. */
const curlName = "verify-check";

/** Labels of all pods that processes play here. */
export const playedApps = [...trafficApps, curlName];

export function runsCurl(pod: Pod): boolean {
  return pod.metadata.labels?.["app.kubernetes.io/name"] === curlName;
}

export function carriesTraffic(pod: Pod): boolean {
  return trafficApps.includes(pod.metadata.labels?.app ?? "");
}

/** A gateway has only its proxy; beside a workload it is a sidecar. */
export function isSidecar(pod: Pod): boolean {
  return pod.spec.containers.length > 1 && pod.spec.containers.some(({ name }) => name === PROXY);
}

/** The proxy's process: pilot-agent with the container's arguments. Paths are below the folder that stands for its root. */
export function proxyProcess(
  pod: Pod,
  container: Container,
  env: Record<string, string>,
  tools: TrafficTools,
): { command: string; args: string[]; env: Record<string, string> } {
  return {
    command: tools["pilot-agent"],
    args: [
      ...(container.args ?? []).map((argument) => expand(argument, env)),
      `--templateFile=${tools.bootstrap}`,
    ],
    env: {
      ...env,
      PROXY_CONFIG: JSON.stringify({
        ...(JSON.parse(env.PROXY_CONFIG || "{}") as object),
        binaryPath: tools.envoy,
        configPath: "./etc/istio/proxy",
        // All proxies share this machine.
        concurrency: 1,
      }),
      ...(isSidecar(pod) ? sidecarEnvironment(env) : {}),
    },
  };
}

/** No iptables: nothing sends the pod's connections through the sidecar, so it has to listen where clients connect. */
function sidecarEnvironment(env: Record<string, string>): Record<string, string> {
  const probers = JSON.parse(env.ISTIO_KUBE_APP_PROBERS || "{}") as Record<
    string,
    { httpGet?: { port: number } }
  >;
  for (const { httpGet } of Object.values(probers)) {
    if (httpGet) {
      httpGet.port = behindSidecar(httpGet.port);
    }
  }
  return {
    ISTIO_META_INTERCEPTION_MODE: "NONE",
    ISTIO_KUBE_APP_PROBERS: JSON.stringify(probers),
    REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION: "true",
  };
}

/** Where the workload listens, on loopback, when its sidecar has the port that it asked for. */
export function behindSidecar(port: number): number {
  return port + 1;
}
