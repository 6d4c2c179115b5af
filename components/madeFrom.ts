import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { meshRanges } from "./config/meshRanges";
import type { MadeFrom } from "./config/nextSteps";
import type { Mesh } from "./config/schema";
import type { Peer, SharedOutputs } from "./peers";

/** How a cluster's API server is reached by the others. */
interface ApiServer {
  server: pulumi.Input<string>;
  certificateAuthority: pulumi.Input<string>;
}

/**
 * What a run is made from that another stack may change. Nothing private is in it: of certificates only what everybody sees.
 *
 * @param clusters names of those that the run's stack owns.
 * @param peers by name.
 */
export function madeFrom(
  mesh: Mesh,
  clusters: string[],
  shared: SharedOutputs,
  peers: Record<string, pulumi.Input<ApiServer>>,
): pulumi.Output<MadeFrom> {
  const { network, address, rootCertificate, intermediates, edgeCertificate } = shared;
  const made = pulumi
    .all([network, address, rootCertificate, intermediates, edgeCertificate, peers])
    .apply(([network, address, root, signed, edge, servers]) => ({
      clusters: eachOf(clusters, (cluster) => [
        configurationOf(mesh, cluster),
        { network, address, root },
        signed[cluster]?.certificate,
        signed[cluster]?.issuers,
        cluster === mesh.configCluster ? edge?.certificate : undefined,
      ]),
      peers: eachOf(Object.keys(peers), (peer) => [
        servers[peer]?.server,
        servers[peer]?.certificateAuthority,
      ]),
    }));
  return pulumi.unsecret(made);
}

/** The configuration as far as the objects of a cluster, and its stack's outputs, come from it. */
function configurationOf({ clusters, ...mesh }: Mesh, cluster: string): unknown {
  return {
    ...mesh,
    own: clusters[cluster],
    ranges: meshRanges({ clusters, ...mesh }),
    page: mesh.verifyWorkload.enabled ? Object.keys(clusters) : [],
  };
}

function eachOf(names: string[], content: (name: string) => unknown): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(JSON.stringify(content(name)))
        .digest("hex"),
    ]),
  );
}

/** How the peers' API servers are reached, by name. */
export function apiServers(peers: Peer[]): Record<string, ApiServer> {
  return Object.fromEntries(
    peers.map(({ cluster: { name, server, certificateAuthority } }) => [
      name,
      { server, certificateAuthority },
    ]),
  );
}
