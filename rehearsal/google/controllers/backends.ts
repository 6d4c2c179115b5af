import type { ApiObject } from "../../kubernetes/client";
import { contains, overlaps } from "../cidr";
import { listAt, objectAt, textAt } from "../properties";
import type { Cloud, CloudFirewall } from "./cloud";
import { selectMembers, type Member } from "./derivedServices";
import type { Backend } from "./ingressModel";
import type { IngressState } from "./multiClusterIngress";
import { keyOf, type ServicePort } from "./objects";

/** What the global load balancer would find behind one port of a MultiClusterService in one cluster. */
export interface BackendHealth {
  /** `namespace/name` of the MultiClusterIngress and of the MultiClusterService. */
  ingress: string;
  service: string;
  port: number;
  cluster: string;
  /** Pods that would pass the health check, of so many that the service selects. */
  healthy: number;
  total: number;
  /** Why others would not; empty when all do. */
  reasons: string[];
}

/** Where Google's health checks and proxied requests come from (https://cloud.google.com/load-balancing/docs/https#firewall_rules). */
const proxies = ["130.211.0.0/22", "35.191.0.0/16"];

/**
 * Health of all backends. No request is sent: pods of a rehearsal answer none. A pod counts as healthy when it is Ready
 * and its readiness probe asks the same question as the health check, and the firewall lets the question through.
 */
export async function backendHealth(
  states: IngressState[],
  services: ApiObject[],
  members: Member[],
  cloud: Cloud,
): Promise<BackendHealth[]> {
  const wanted = states.flatMap(({ ingress, model }) =>
    (model?.backends ?? []).flatMap((backend) => {
      const key = `${ingress.metadata.namespace}/${backend.service}`;
      const service = services.find((one) => keyOf(one) === key);
      const selected = service ? selectMembers(service, members).selected : [];
      return selected.map((member) => ({ ingress, backend, service, member }));
    }),
  );
  return Promise.all(
    wanted.map(async ({ ingress, backend, service, member }): Promise<BackendHealth> => {
      const selector = objectAt(service, "spec.template.spec.selector");
      const labelSelector = Object.entries(selector)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(",");
      const namespace = ingress.metadata.namespace;
      const pods = labelSelector ? await member.api.list("v1", "Pod", { namespace, labelSelector }) : [];
      const reasons = new Set<string>();
      if (pods.length === 0)
        reasons.add(`no pod in namespace ${namespace} has the labels ${labelSelector || "(no selector)"}`);
      if (!hasGroup(cloud, member.cluster.name, ingress, backend))
        reasons.add("its network endpoint group is not attached yet");
      const blocked = reasons.size > 0;
      let healthy = 0;
      for (const pod of pods) {
        const reason =
          unhealthy(pod, backend) ?? firewalled(pod, backend, cloud.firewalls(), member.cluster.network);
        if (reason !== undefined) reasons.add(reason);
        else if (!blocked) healthy++;
      }
      return {
        ingress: keyOf(ingress),
        service: `${namespace}/${backend.service}`,
        port: backend.port.port,
        cluster: member.cluster.name,
        healthy,
        total: pods.length,
        reasons: [...reasons],
      };
    }),
  );
}

/** Whether the cluster's network endpoint group is attached to the backend service. */
export function hasGroup(
  cloud: Pick<Cloud, "derived">,
  cluster: string,
  ingress: ApiObject,
  backend: Backend,
): boolean {
  const name = `-${backend.port.port}-${ingress.metadata.namespace}-${backend.service}`;
  const groups = cloud
    .derived()
    .filter((one) => one.kind === "networkEndpointGroup" && one.cluster === cluster)
    .map((one) => one.id);
  return cloud
    .derived()
    .some(
      (one) =>
        one.kind === "backendService" &&
        one.name.endsWith(name) &&
        one.uses.some((id) => groups.includes(id)),
    );
}

/** The port number in the pod. */
export function containerPort(pod: ApiObject, port: ServicePort): number | undefined {
  const declared = listAt(pod, "spec.containers").flatMap((container) => listAt(container, "ports"));
  if (typeof port.targetPort === "number") return port.targetPort;
  const found = declared.find((one) => one.name === port.targetPort)?.containerPort;
  return typeof found === "number" ? found : undefined;
}

/** Why the pod would fail the health check; undefined when it would pass. */
export function unhealthy(pod: ApiObject, backend: Backend): string | undefined {
  const name = pod.metadata.name;
  if (pod.metadata.deletionTimestamp !== undefined) return `pod ${name} is being deleted`;
  const serving = containerPort(pod, backend.port);
  const containers = listAt(pod, "spec.containers");
  const declared = containers
    .flatMap((container) => listAt(container, "ports"))
    .map((one) => one.containerPort);
  if (serving === undefined) return `pod ${name} has no port named ${backend.port.targetPort}`;
  if (declared.length > 0 && !declared.includes(serving)) return `pod ${name} does not listen on ${serving}`;
  const { type, path } = backend.healthCheck;
  const port = backend.healthCheck.port ?? serving;
  const asked = containers.some((container) => {
    const probe = objectAt(container, "readinessProbe.httpGet");
    const ports = listAt(container, "ports");
    const number =
      typeof probe.port === "string"
        ? ports.find((one) => one.name === probe.port)?.containerPort
        : probe.port;
    const scheme = textAt(probe, "scheme") ?? "HTTP";
    return (
      number === port && (textAt(probe, "path") ?? "/") === path && (scheme === "HTTPS") === (type !== "HTTP")
    );
  });
  if (!asked)
    return `nothing says that pod ${name} answers the health check ${type} :${port}${path} (its readiness probe asks otherwise)`;
  const ready = listAt(pod, "status.conditions").some((one) => one.type === "Ready" && one.status === "True");
  return ready ? undefined : `pod ${name} is not ready`;
}

function firewalled(
  pod: ApiObject,
  backend: Backend,
  firewalls: CloudFirewall[],
  network: string,
): string | undefined {
  const serving = containerPort(pod, backend.port);
  const ports = [backend.healthCheck.port ?? serving, serving].filter((port) => port !== undefined);
  for (const port of new Set(ports))
    for (const source of proxies)
      if (!admits(firewalls, network, source, port))
        return `no firewall rule admits ${source} to tcp port ${port}`;
  return undefined;
}

/** Whether VPC firewall rules let TCP from the whole range through to untagged nodes and their pods. */
export function admits(firewalls: CloudFirewall[], network: string, source: string, port: number): boolean {
  const rules = firewalls
    .filter(
      (rule) => rule.network === network && rule.direction === "INGRESS" && !rule.disabled && !rule.targeted,
    )
    .filter((rule) => rule.protocols.some((one) => matches(one, port)))
    // At equal priority a deny goes before an allow.
    .sort(
      (a, b) => a.priority - b.priority || (a.action === "deny" ? -1 : 1) - (b.action === "deny" ? -1 : 1),
    );
  for (const rule of rules) {
    if (rule.action === "deny" && rule.sourceRanges.some((range) => overlaps(range, source))) return false;
    if (rule.action === "allow" && rule.sourceRanges.some((range) => encloses(range, source))) return true;
  }
  return false;
}

function matches({ protocol, ports }: { protocol: string; ports: string[] }, port: number): boolean {
  if (protocol !== "all" && protocol !== "tcp" && protocol !== "6") return false;
  return (
    ports.length === 0 ||
    ports.some((text) => {
      const [low = "", high = low] = text.split("-");
      return Number(low) <= port && port <= Number(high);
    })
  );
}

function encloses(outer: string, inner: string): boolean {
  const [base = "", bits] = inner.split("/");
  return contains(outer, base) && Number(outer.split("/")[1]) <= Number(bits);
}
