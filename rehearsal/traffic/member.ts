import * as path from "node:path";
import { keyOf, portsOf } from "../google/controllers/objects";
import { objectAt } from "../google/properties";
import type { IstioPlayer } from "../istio/player";
import type { ApiClient, ApiObject } from "../kubernetes/client";
import type { ControlPlane } from "../kubernetes/controlPlane";
import { layout } from "../layout";
import type { TrafficPlayer } from "./player";
import { Relay, type Resolve } from "./relay";

export interface MemberParts {
  plane: ControlPlane;
  istio: Pick<IstioPlayer, "istiods">;
  player: TrafficPlayer;
  /** Which loopback port answers for what its pods call outside of it. */
  outside: Resolve;
  /** Its Services or pods are others than before. */
  changed: () => void;
}

/** A cluster whose pods carry traffic: what is known of it, what plays its pods, and their way out of the namespace. */
export class Member {
  private readonly known = { Service: new Map<string, ApiObject>(), Pod: new Map<string, ApiObject>() };
  private readonly abort = new AbortController();
  private relay?: Relay;
  /** Its region has failed: what is known of it stays, and nothing there answers. */
  out = false;

  constructor(private readonly parts: MemberParts) {}

  get client(): ApiClient {
    return this.parts.plane.client;
  }

  get player(): TrafficPlayer {
    return this.parts.player;
  }

  get services(): ApiObject[] {
    return [...this.known.Service.values()];
  }

  get pods(): ApiObject[] {
    return [...this.known.Pod.values()];
  }

  async start(): Promise<void> {
    const { plane, player, outside, changed } = this.parts;
    this.relay = await Relay.listen(
      socketOf(plane.name),
      (wanted) => outside(wanted) ?? this.istiodPort(wanted),
    );
    for (const kind of ["Service", "Pod"] as const) {
      const objects = this.known[kind];
      plane.client.watch(
        "v1",
        kind,
        (type, object) => {
          objects.set(keyOf(object), object);
          if (type === "DELETED") {
            objects.delete(keyOf(object));
          }
          changed();
        },
        { signal: this.abort.signal },
      );
    }
    player.start();
  }

  /** Ends its pods; again is no harm. */
  async stop(): Promise<void> {
    this.abort.abort();
    const relay = this.relay;
    this.relay = undefined;
    if (relay) {
      await this.player.stop();
      await relay.close();
    }
  }

  /** Which loopback port answers for `namespace/service:port`: that of a ready istiod behind the Service. */
  private istiodPort(wanted: string): number | undefined {
    const [key = "", port] = wanted.split(":");
    const service = this.known.Service.get(key);
    const target = portsOf(service?.spec).find((one) => one.port === Number(port))?.targetPort;
    const selector = Object.entries(objectAt(service, "spec.selector"));
    const ready = this.parts.istio.istiods.filter(
      (istiod) =>
        istiod.ready && selector.every(([label, value]) => istiod.pod.metadata.labels?.[label] === value),
    );
    const chosen = ready[Math.floor(Math.random() * ready.length)];
    const ports: Record<number, number> | undefined = chosen?.slot.ports;
    return ports?.[Number(target)];
  }
}

/** The unix socket by which a cluster's pods reach what runs outside of the namespace. */
export function socketOf(cluster: string): string {
  return path.join(layout.run, `${cluster}.pods`);
}
