import { freePorts } from "../ports";
import type { Dial } from "./portForward";

/** Ports that programs in played pods listen on: istiod's own, and the two that an Istio operator may be given. */
export const containerPorts = [8080, 8383, 9876, 15010, 15012, 15014, 15017] as const;
export type ContainerPort = (typeof containerPorts)[number];

/** Pods of one cluster that run for real at the same time: two replicas and a surge of two revisions, and operators. */
const slotCount = 12;

/** Loopback ports for one pod that a process on this machine plays. */
export interface Slot {
  /** kwok is told the slots' ports when it starts, long before it is known which pods will use them. */
  readonly name: string;
  readonly ports: Record<ContainerPort, number>;
}

export interface PlayedPod {
  namespace: string;
  name: string;
  address: string;
  /** The file with its container's output. */
  log: string;
}

/** Which pods of a cluster are played by processes, and on which loopback ports these listen. */
export class PlayedPods {
  private readonly pods = new Map<Slot, PlayedPod>();
  private readonly logs = new Map<string, string>();
  private readonly dials = new Map<string, Dial>();

  private constructor(readonly slots: readonly Slot[]) {}

  static async create(): Promise<PlayedPods> {
    const ports = await freePorts(slotCount * containerPorts.length);
    const slots = Array.from({ length: slotCount }, (_, index) => {
      const own = ports.slice(index * containerPorts.length);
      return {
        name: `slot-${index}`,
        ports: Object.fromEntries(containerPorts.map((port, at) => [port, own[at]])) as Record<
          ContainerPort,
          number
        >,
      };
    });
    return new PlayedPods(slots);
  }

  /** @throws Error when too many pods are played already. */
  add(pod: PlayedPod): Slot {
    const slot = this.slots.find((candidate) => !this.pods.has(candidate));
    if (!slot) {
      const names = [...this.pods.values()].map(({ name }) => name).join(", ");
      throw new Error(`pod ${pod.name} is not played: ${slotCount} pods are already (${names})`);
    }
    this.pods.set(slot, pod);
    return slot;
  }

  remove(slot: Slot): void {
    this.pods.delete(slot);
  }

  find(namespace: string, name: string): { pod: PlayedPod; slot: Slot } | undefined {
    return this.search((pod) => pod.namespace === namespace && pod.name === name);
  }

  /** Names the file with a container's output, for a pod that needs no ports on loopback. Without a file: none any more. */
  setLog(pod: { namespace: string; name: string }, container: string, file: string | undefined): void {
    const key = `${pod.namespace}/${pod.name}/${container}`;
    if (file === undefined) {
      this.logs.delete(key);
    } else {
      this.logs.set(key, file);
    }
  }

  /** Says how a pod that has a network of its own is reached. Without `dial`: not any more. */
  setDial({ namespace, name }: { namespace: string; name: string }, dial: Dial | undefined): void {
    const key = `${namespace}/${name}`;
    if (dial) {
      this.dials.set(key, dial);
    } else {
      this.dials.delete(key);
    }
  }

  dialOf(namespace: string, name: string): Dial | undefined {
    return this.dials.get(`${namespace}/${name}`);
  }

  /** The file with a container's output; undefined when no process here plays it. */
  logOf(namespace: string, name: string, container: string): string | undefined {
    return this.logs.get(`${namespace}/${name}/${container}`) ?? this.find(namespace, name)?.pod.log;
  }

  /** The loopback port behind a pod's address and port; undefined when nothing real listens there. */
  localPort(address: string, port: number): number | undefined {
    const ports: Record<number, number> | undefined = this.search((pod) => pod.address === address)?.slot
      .ports;
    return ports?.[port];
  }

  private search(matches: (pod: PlayedPod) => boolean): { pod: PlayedPod; slot: Slot } | undefined {
    for (const [slot, pod] of this.pods) {
      if (matches(pod)) {
        return { pod, slot };
      }
    }
    return undefined;
  }
}
