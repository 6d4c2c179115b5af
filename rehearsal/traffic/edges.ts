import { admits, containerPort, hasGroup } from "../google/controllers/backends";
import { backendConfigFor } from "../google/controllers/annotations";
import type { Cloud } from "../google/controllers/cloud";
import { selectMembers } from "../google/controllers/derivedServices";
import type { ConfigObjects } from "../google/controllers/configObjects";
import type { Backend } from "../google/controllers/ingressModel";
import type { IngressState } from "../google/controllers/multiClusterIngress";
import { annotationsOf, keyOf } from "../google/controllers/objects";
import { numberAt, objectAt, textAt } from "../google/properties";
import type { ApiObject } from "../kubernetes/client";
import { selectedBy, type NetworkedCluster } from "./forwarders";
import type { EdgeBackend, EdgeEndpoint, EdgeSpec } from "./protocol";
import { byDistance } from "./regions";

export interface EdgeSurroundings {
  cloud: Pick<Cloud, "firewalls" | "derived">;
  clusters: NetworkedCluster[];
  /** Regions of clients by their addresses; `*` is for all others. */
  clients: Record<string, string>;
}

const redirects: Record<string, number> = {
  MOVED_PERMANENTLY_DEFAULT: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** The global load balancer of a MultiClusterIngress; undefined until it has its address. Only its default backend is served. */
export function edgeOf(
  { ingress, model, objects }: IngressState,
  around: EdgeSurroundings,
): EdgeSpec | undefined {
  const address = textAt(ingress, "status.VIP");
  if (!address || !model) {
    return undefined;
  }
  const frontendName = annotationsOf(ingress)["networking.gke.io/frontend-config"];
  const frontend = objects.frontendConfigs.find(({ metadata }) => metadata.name === frontendName);
  const code = textAt(frontend, "spec.redirectToHttps.responseCodeName") ?? "MOVED_PERMANENTLY_DEFAULT";
  const [backend] = model.backends;
  const regions = around.clusters.map(({ cloud }) => cloud.region);
  return {
    address,
    // The key of a certificate that Google manages is Google's: it never becomes active here, and HTTPS stays closed.
    certificates: model.tlsSecrets.flatMap((name) => certificateIn(objects.secrets, name)),
    ...(model.redirect ? { redirectStatus: redirects[code] ?? 301 } : {}),
    ...(backend ? { backend: backendOf(ingress, backend, objects, around) } : {}),
    nearest: Object.fromEntries(
      Object.entries(around.clients).map(([caller, region]) => [caller, byDistance(region, regions)]),
    ),
  };
}

function certificateIn(secrets: ApiObject[], name: string): EdgeSpec["certificates"] {
  const data = objectAt(
    secrets.find(({ metadata }) => metadata.name === name),
    "data",
  );
  const text = (key: string) => {
    const value = data[key];
    return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
  };
  const [certificate, key] = [text("tls.crt"), text("tls.key")];
  return certificate && key ? [{ certificate, key }] : [];
}

function backendOf(
  ingress: ApiObject,
  backend: Backend,
  { services, backendConfigs }: ConfigObjects,
  around: EdgeSurroundings,
): EdgeBackend {
  const key = `${ingress.metadata.namespace}/${backend.service}`;
  const service = services.find((one) => keyOf(one) === key);
  const name = service && backendConfigFor(annotationsOf(service), backend.port);
  const config = backendConfigs.find(({ metadata }) => metadata.name === name);
  const seconds = (path: string, otherwise: number) => numberAt(config, `spec.${path}`) ?? otherwise;
  return {
    protocol: backend.protocol,
    timeoutSeconds: seconds("timeoutSec", 30),
    // Defaults: https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#direct_health
    healthCheck: {
      protocol: backend.healthCheck.type,
      port: backend.healthCheck.port,
      path: backend.healthCheck.path,
      intervalSeconds: seconds("healthCheck.checkIntervalSec", 15),
      timeoutSeconds: seconds("healthCheck.timeoutSec", 15),
      healthyThreshold: seconds("healthCheck.healthyThreshold", 1),
      unhealthyThreshold: seconds("healthCheck.unhealthyThreshold", 2),
    },
    endpoints: service ? endpointsOf(ingress, backend, service, around) : [],
  };
}

/** Pods in the endpoint groups of the clusters that the service selects, as far as the VPC's firewall lets Google's proxies in. */
function endpointsOf(
  ingress: ApiObject,
  backend: Backend,
  service: ApiObject,
  { cloud, clusters }: EdgeSurroundings,
): EdgeEndpoint[] {
  const members = clusters.map((one) => ({ ...one, cluster: one.cloud }));
  return selectMembers(service, members).selected.flatMap((member) =>
    hasGroup(cloud, member.cluster.name, ingress, backend)
      ? selectedBy(service, member.pods, "spec.template.spec.selector").flatMap((pod): EdgeEndpoint[] => {
          const address = textAt(pod, "status.podIP");
          const port = containerPort(pod, backend.port);
          const open = (wanted: number) =>
            admits(cloud.firewalls(), member.cluster.network, "35.191.0.0/16", wanted);
          return address && port && open(port) && open(backend.healthCheck.port ?? port)
            ? [
                {
                  cluster: member.cluster.name,
                  region: member.cluster.region,
                  pod: pod.metadata.name,
                  address,
                  port,
                },
              ]
            : [];
        })
      : [],
  );
}
