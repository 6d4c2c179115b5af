import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as tls from "node:tls";
import { stripVTControlCharacters } from "node:util";
import type { IstioPlayer } from "./player";
import type { PodProcess } from "./podProcess";

/** `/debug/clusterz`: one entry per cluster whose API server this istiod reads, its own included. */
export interface ClusterState {
  id: string;
  /** `<namespace>/<name>` of the remote secret; empty for istiod's own cluster. */
  secretName: string;
  syncStatus: "synced" | "syncing" | "timeout" | "closed" | "uninitialized";
}

/** `/debug/networkz`: a gateway by which a network is reached; `Addr` is an address or a host name. */
export interface NetworkGateway {
  Network: string;
  Cluster: string;
  Addr: string;
  Port: number;
}

/** `/debug/endpointShardz`: service -> namespace -> endpoints, by the cluster that they come from. */
export type EndpointShards = Record<
  string,
  Record<string, { Shards?: Record<string, Endpoint[]>; ServiceAccounts?: object } | null>
>;

export interface Endpoint {
  Addresses?: string[];
  /** Up to Istio 1.23. */
  Address?: string;
  EndpointPort: number;
  Network?: string;
  Locality?: { Label?: string; ClusterID?: string };
  Labels?: Record<string, string>;
}

/** A debug page of one of the cluster's istiods, as JSON; the first ready one unless `played` says which. */
export async function istiodDebug<T = unknown>(
  player: IstioPlayer,
  path: string,
  played: PodProcess | undefined = player.istiods[0],
): Promise<T> {
  if (!played) {
    throw new Error(`${path} cannot be read: no istiod runs`);
  }
  const page = path.startsWith("/") ? path : `/debug/${path}`;
  const answer = await fetch(`http://127.0.0.1:${played.slot.ports[15014]}${page}`);
  if (!answer.ok) {
    throw new Error(
      `${played.pod.metadata.name} answers ${page} with ${answer.status}: ${await answer.text()}`,
    );
  }
  return (await answer.json()) as T;
}

export async function clusters(player: IstioPlayer, played?: PodProcess): Promise<ClusterState[]> {
  return (await istiodDebug<ClusterState[] | null>(player, "clusterz", played)) ?? [];
}

export async function networkGateways(player: IstioPlayer, played?: PodProcess): Promise<NetworkGateway[]> {
  return (await istiodDebug<NetworkGateway[] | null>(player, "networkz", played)) ?? [];
}

/** A service's endpoints as this cluster's istiod knows them, by cluster. `service` is its full name. */
export async function endpoints(
  player: IstioPlayer,
  service: string,
  namespace: string,
  played?: PodProcess,
): Promise<Record<string, Endpoint[]>> {
  const all = await istiodDebug<EndpointShards | null>(player, "endpointShardz", played);
  const shards = all?.[service]?.[namespace]?.Shards ?? {};
  // A shard is named `<registry>/<cluster>`.
  const named = Object.entries(shards).map(([shard, list]) => [shard.replace(/^[^/]*\//, ""), list]);
  return Object.fromEntries(named) as Record<string, Endpoint[]>;
}

/** The chain that istiod shows on its own port 15012: its certificate, then the intermediate that signed it, and so on. */
export function servedChain(played: PodProcess): Promise<X509Certificate[]> {
  const { name, namespace, labels } = played.pod.metadata;
  const revision = labels?.["istio.io/rev"];
  const service = revision && revision !== "default" ? `istiod-${revision}` : "istiod";
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      port: played.slot.ports[15012],
      host: "127.0.0.1",
      servername: `${service}.${namespace}.svc`,
      // The chain is what is asked for; whether it holds is the caller's question.
      rejectUnauthorized: false,
      timeout: 5000,
    });
    socket.on("timeout", () => socket.destroy(new Error(`${name} does not answer on port 15012`)));
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      const chain: X509Certificate[] = [];
      let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (next?.raw && next.fingerprint256 !== chain.at(-1)?.fingerprint256) {
        chain.push(new X509Certificate(next.raw));
        next = next.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
  });
}

/** What istiod's log says about the certificates that it signs with. */
export interface LoggedAuthority {
  /** The file of its root: `etc/cacerts/root-cert.pem` when it is plugged in; undefined when it made its own. */
  rootFile: string | undefined;
  /** Its own certificate first, then the intermediate, then what else is in the chain. */
  chain: { issuer: string; subject: string }[];
}

/** From the newest report in the log; a change of `cacerts` brings a new one. */
export function loggedAuthority(log: string): LoggedAuthority {
  const text = stripVTControlCharacters(log);
  const rootFile = [...text.matchAll(/Use (?:plugged-in )?root cert from (\S+)/g)].at(-1)?.[1];
  const lines = text.split("\n");
  const last = lines.findLastIndex((line) => line.includes("x509 cert - Issuer"));
  const chain: LoggedAuthority["chain"] = [];
  for (let at = last; at >= 0; at--) {
    const [, issuer, subject] =
      /x509 cert - Issuer: "(.*?)", Subject: "(.*?)", SN/.exec(lines[at] ?? "") ?? [];
    if (issuer === undefined || subject === undefined) {
      break;
    }
    chain.unshift({ issuer, subject });
  }
  return { rootFile, chain };
}

export function readLoggedAuthority(played: PodProcess): LoggedAuthority {
  return loggedAuthority(fs.readFileSync(played.log, "utf8"));
}
