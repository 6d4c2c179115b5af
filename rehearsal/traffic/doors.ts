import * as net from "node:net";
import { freePort } from "../ports";
import { joinSockets } from "./joinSockets";

/** A connection to the global address from a client near that region. @throws Error when there is no way. */
export type Enter = (region: string) => Promise<net.Socket>;

/** The variable of `npm run shell` with the address for clients near a region: `NEAR_US_EAST1`. */
export function nearVariable(region: string): string {
  return `NEAR_${region.toUpperCase().replace(/\W/g, "_")}`;
}

/** Ports on this machine's loopback that lead to the global address, one for each region that a client can be near to. */
export class Doors {
  private readonly doors = new Map<string, { server: net.Server; port: number }>();
  private readonly sockets = new Set<net.Socket>();

  constructor(private readonly enter: Enter) {}

  /** Opens those that are missing. A door stays where it is, as long as there is a rehearsal. @returns whether one is new */
  async open(regions: string[]): Promise<boolean> {
    const missing = regions.filter((region) => !this.doors.has(region));
    for (const region of missing) {
      const server = net.createServer({ allowHalfOpen: true }, (client) => this.pass(region, client));
      const port = await freePort();
      await new Promise<void>((resolve, reject) =>
        server.once("error", reject).listen(port, "127.0.0.1", resolve),
      );
      this.doors.set(region, { server, port });
    }
    return missing.length > 0;
  }

  /** By region. */
  ports(): Record<string, number> {
    return Object.fromEntries([...this.doors].map(([region, { port }]) => [region, port]));
  }

  close(): void {
    this.doors.forEach(({ server }) => server.close());
    this.sockets.forEach((socket) => socket.destroy());
  }

  private pass(region: string, client: net.Socket): void {
    this.sockets.add(client);
    client.on("close", () => this.sockets.delete(client));
    client.on("error", () => client.destroy());
    this.enter(region).then(
      (server) => joinSockets(client, server),
      () => client.destroy(),
    );
  }
}
