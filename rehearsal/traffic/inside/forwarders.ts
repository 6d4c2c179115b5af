import * as net from "node:net";
import { contains } from "../../google/cidr";
import { joinSockets } from "../joinSockets";
import type { Forwarder, Target } from "../protocol";

interface Listening {
  forwarder: Forwarder;
  server: net.Server;
}

/** The targets for a caller, or undefined when no rule admits it. */
export function targetsFor({ rules }: Pick<Forwarder, "rules">, caller: string): Target[] | undefined {
  return rules.find(({ sources }) =>
    sources.every((ranges) => ranges.some((range) => contains(range, caller))),
  )?.targets;
}

/** TCP load balancers and Service addresses. A connection that is open stays with its target whatever changes. */
export class Forwarders {
  private readonly listening = new Map<string, Listening>();

  constructor(private readonly log: (line: string) => void) {}

  async set(wanted: Forwarder[]): Promise<void> {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, { server }] of this.listening) {
      if (!keys.has(key)) {
        this.listening.delete(key);
        server.close();
      }
    }
    for (const forwarder of wanted) {
      const known = this.listening.get(keyOf(forwarder));
      if (known) {
        known.forwarder = forwarder;
      } else {
        await this.listen(forwarder);
      }
    }
  }

  private async listen(forwarder: Forwarder): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, (client) => this.forward(listening, client));
    const listening: Listening = { forwarder, server };
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(forwarder.port, forwarder.address, resolve);
    });
    this.listening.set(keyOf(forwarder), listening);
  }

  private forward({ forwarder }: Listening, client: net.Socket): void {
    const caller = client.remoteAddress ?? "";
    const targets = targetsFor(forwarder, caller);
    client.on("error", () => client.destroy());
    if (!targets) {
      this.log(`${forwarder.title}: ${caller} is not admitted to ${forwarder.address}:${forwarder.port}`);
    }
    const target = targets?.[Math.floor(Math.random() * targets.length)];
    if (!target) {
      client.resetAndDestroy();
      return;
    }
    const server =
      "socket" in target
        ? net.connect({ path: target.socket, allowHalfOpen: true })
        : net.connect({ host: target.address, port: target.port, allowHalfOpen: true });
    if ("socket" in target) {
      server.write(`${target.wanted}\n`);
    }
    joinSockets(client, server);
  }
}

function keyOf({ address, port }: Forwarder): string {
  return `${address}:${port}`;
}
