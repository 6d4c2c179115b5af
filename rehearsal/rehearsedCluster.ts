import type { Gate } from "./chaos/gate";
import { type GatedApiServer, gateApiServer } from "./chaos/gatedApiServer";
import { type Credentials, PERSON, publicCaFile } from "./credentials";
import type { ClusterRequest } from "./google/clusterHost";
import { installClusterDefinitions } from "./google/controllers";
import { IstioPlayer } from "./istio/player";
import { ControlPlane } from "./kubernetes/controlPlane";
import { log } from "./logs";
import type { Processes } from "./processes";
import type { Tools } from "./tools";
import { istiodEnvironment } from "./traffic/additions";
import { playedApps, trafficApps } from "./traffic/proxy";
import { sayReady } from "./traffic/sayReady";
import type { Traffic } from "./traffic/traffic";

/** A cluster that is running here. */
export interface RehearsedCluster {
  plane: ControlPlane;
  player: IstioPlayer;
  /** Its DNS endpoint, where a gate stands in front of it. */
  front?: GatedApiServer;
}

/** What a cluster runs with. */
export interface Surroundings {
  tools: Tools;
  processes: Processes;
  credentials: Credentials;
  /** URL of its pods' way out of the cluster. */
  proxy: string;
  /** Undefined: its pods only look ready. */
  traffic?: Traffic;
  gate?: Gate;
}

/** Starts a control plane, what Google puts into it, and what plays its pods. */
export async function startCluster(
  { name, podCidr, serviceCidr, privateEndpoint, dnsEndpoint }: ClusterRequest,
  { tools, processes, credentials, proxy, traffic, gate }: Surroundings,
): Promise<RehearsedCluster> {
  const { publicCa, token } = credentials;
  const plane = await ControlPlane.start(
    {
      name,
      podCidr,
      serviceCidr,
      privateEndpoint,
      dnsEndpoint,
      publicCa,
      users: [{ token, ...PERSON }],
      playedApps: traffic ? playedApps : [],
      endingApps: traffic ? trafficApps : [],
    },
    { tools, processes, warn: (line) => log("clusters", line) },
  );
  await installClusterDefinitions(plane.client);
  const player = new IstioPlayer({
    controlPlane: plane,
    tools,
    processes,
    proxy,
    publicCaFile,
    istiodEnv: traffic ? istiodEnvironment : {},
  });
  await player.start();
  const { port, caCertificate: ca } = plane;
  const front = gate && (await gateApiServer({ cluster: name, dnsEndpoint, publicCa, port, ca, gate }));
  await (traffic ? traffic.addCluster(plane, player) : sayReady(plane.client));
  return { plane, player, front };
}
