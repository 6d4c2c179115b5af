import type { Tools } from "../tools";
import type { Slot } from "../kubernetes/playedPods";
import { playedApp, playedName } from "../kubernetes/kwokConfig";
import type { Container, Pod } from "./pod";

/** A program that the rehearsal runs for a pod. */
export interface Program {
  tool: keyof Tools;
  container: Container;
  /** The container's arguments, with every address replaced by the slot's loopback port. */
  args(slot: Slot, kubeconfig: string): string[];
}

/** What plays a pod; undefined when kwok does. */
export function programFor(pod: Pod): Program | undefined {
  const labels = pod.metadata.labels ?? {};
  if (labels.name === playedName) {
    return operator(pod);
  }
  return labels.app === playedApp ? istiod(pod) : undefined;
}

function operator(pod: Pod): Program | undefined {
  const container = pod.spec.containers[0];
  return (
    container && {
      tool: "operator",
      container,
      args: ({ ports }, kubeconfig) => [
        // The image's entry point is `operator`, which manifests repeat.
        ...withoutFlags(afterEntryPoint(container, "operator"), [
          "monitoring-host",
          "monitoring-port",
          "ctrlz_port",
        ]),
        "--monitoring-host=127.0.0.1",
        `--monitoring-port=${ports[monitoringPort(container)]}`,
        `--ctrlz_port=${ports[9876]}`,
        `--kubeconfig=${kubeconfig}`,
      ],
    }
  );
}

/** Its own default is 8383; since Istio 1.17 manifests say 15014. */
function monitoringPort({ command = [], args = [] }: Container): 8383 | 15014 {
  return [...command, ...args].includes("--monitoring-port=15014") ? 15014 : 8383;
}

function istiod(pod: Pod): Program | undefined {
  const container = pod.spec.containers.find(({ name }) => name === "discovery");
  const addresses = {
    httpAddr: 8080,
    grpcAddr: 15010,
    secureGRPCAddr: 15012,
    httpsAddr: 15017,
    monitoringAddr: 15014,
  } as const;
  return (
    container && {
      tool: "pilot-discovery",
      container,
      args: ({ ports }, kubeconfig) => [
        ...withoutFlags(afterEntryPoint(container, "pilot-discovery"), [
          ...Object.keys(addresses),
          "ctrlz_port",
        ]),
        ...Object.entries(addresses).map(([flag, port]) => `--${flag}=127.0.0.1:${ports[port]}`),
        `--ctrlz_port=${ports[9876]}`,
        `--kubeconfig=${kubeconfig}`,
      ],
    }
  );
}

function afterEntryPoint({ command = [], args = [] }: Container, entryPoint: string): string[] {
  const [first, ...rest] = command;
  return [...(first?.endsWith(entryPoint) ? rest : command), ...args];
}

/** Takes `--flag=value` and `--flag value` away. */
export function withoutFlags(args: string[], flags: string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    const [, flag = "", value] = /^--?([\w-]+)(=.*)?$/s.exec(argument) ?? [];
    if (!flags.includes(flag)) {
      kept.push(argument);
    } else if (value === undefined) {
      at++;
    }
  }
  return kept;
}
