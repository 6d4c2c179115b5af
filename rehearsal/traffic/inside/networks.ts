import * as fs from "node:fs";
import { formatAddress, parseRange } from "../../google/cidr";
import type { NetworkSpec } from "../protocol";
import { ip } from "./command";

interface Network {
  bridge: string;
  gateway: string;
  bits: number;
}

/**
 * The same for the same IPv4 address: neighbours go on sending to the one that they know, for half a minute and more. Of pods,
 * because kwok soon gives the address to another one. Of a bridge, because it would take that of one of its pods' links, and
 * another one when that pod goes.
 */
export function hardwareAddress(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  // Locally administered: https://www.rfc-editor.org/rfc/rfc7042#section-2.1
  return ["02", "00", ...bytes].join(":");
}

/**
 * The outer namespace: a bridge per cluster, and addresses on `lo`. Nothing is forwarded between bridges, so pods of one
 * cluster reach those of their own and the addresses of the outer namespace, nothing else.
 */
export class Networks {
  private readonly networks = new Map<string, Network>();
  private readonly addresses = new Set<string>();
  private count = 0;

  async start(): Promise<void> {
    fs.writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
    await ip("link set lo up");
  }

  async add({ cluster, podCidr }: NetworkSpec): Promise<void> {
    if (this.networks.has(cluster)) {
      return;
    }
    const range = parseRange(podCidr);
    if (!range) {
      throw new Error(`"${podCidr}" of cluster ${cluster} is not an IPv4 range`);
    }
    const network = { bridge: `br${this.count++}`, gateway: formatAddress(range.last - 1), bits: range.bits };
    await ip(
      `link add ${network.bridge} address ${hardwareAddress(network.gateway)} type bridge`,
      `address add ${network.gateway}/${network.bits} dev ${network.bridge}`,
      `link set ${network.bridge} up`,
    );
    this.networks.set(cluster, network);
  }

  async remove(cluster: string): Promise<void> {
    const network = this.networks.get(cluster);
    this.networks.delete(cluster);
    if (network) {
      await ip(`link delete ${network.bridge}`);
    }
  }

  of(cluster: string): Network {
    const network = this.networks.get(cluster);
    if (!network) {
      throw new Error(`there is no network of cluster ${cluster}`);
    }
    return network;
  }

  /** Makes exactly these addresses local to the outer namespace. */
  async setAddresses(wanted: string[]): Promise<void> {
    const set = new Set(wanted);
    const added = [...set].filter((address) => !this.addresses.has(address));
    const removed = [...this.addresses].filter((address) => !set.has(address));
    const lines = [
      ...added.map((address) => `address add ${address}/32 dev lo`),
      ...removed.map((address) => `address delete ${address}/32 dev lo`),
    ];
    if (lines.length > 0) {
      await ip(...lines);
    }
    added.forEach((address) => this.addresses.add(address));
    removed.forEach((address) => this.addresses.delete(address));
  }
}
