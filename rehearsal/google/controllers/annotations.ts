import { isObject } from "../properties";
import type { ServicePort } from "./objects";

/*
 * Annotations of Services and of their multi-cluster likes, read as Google's controllers read them
 * (https://github.com/kubernetes/ingress-gce/tree/master/pkg/annotations, .../pkg/negannotation, .../pkg/l4/annotations).
 */
type Annotations = Record<string, string>;

/** What a user has to change in an annotation; the message goes into an Event. */
export class AnnotationError extends Error {}

export const keys = {
  loadBalancerType: "networking.gke.io/load-balancer-type",
  olderLoadBalancerType: "cloud.google.com/load-balancer-type",
  addresses: "networking.gke.io/load-balancer-ip-addresses",
  subnet: "networking.gke.io/load-balancer-subnet",
  globalAccess: "networking.gke.io/internal-load-balancer-allow-global-access",
  neg: "cloud.google.com/neg",
  negStatus: "cloud.google.com/neg-status",
  backendConfig: "cloud.google.com/backend-config",
  olderBackendConfig: "beta.cloud.google.com/backend-config",
  appProtocols: "networking.gke.io/app-protocols",
  staticIp: "networking.gke.io/static-ip",
  preSharedCertificates: "networking.gke.io/pre-shared-certs",
  frontendConfig: "networking.gke.io/frontend-config",
  parent: "networking.gke.io/multiclusterservice-parent",
  lastReconcileTime: "networking.gke.io/last-reconcile-time",
} as const;

export const listOfNames = (value: string | undefined): string[] =>
  (value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);

/** Whether a Service of type LoadBalancer wants an internal one; the newer key goes before the older. */
export function wantsInternal(annotations: Annotations): boolean {
  const value = annotations[keys.loadBalancerType] ?? annotations[keys.olderLoadBalancerType] ?? "";
  return value.toLowerCase() === "internal";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A NEG that a Service asks for on its own, without an Ingress. */
export interface ExposedPort {
  port: ServicePort;
  /** Undefined: the controller makes one up. */
  name?: string;
}

/** @throws AnnotationError with the words of GKE's controller */
export function exposedPorts(service: string, annotations: Annotations, ports: ServicePort[]): ExposedPort[] {
  const text = annotations[keys.neg];
  if (text === undefined) return [];
  const value = parse(text);
  const exposed = isObject(value) ? (value.exposed_ports ?? {}) : undefined;
  if (!isObject(value) || !isObject(exposed) || !["boolean", "undefined"].includes(typeof value.ingress))
    throw new AnnotationError("NEG annotation is invalid.");
  const missing: string[] = [];
  const found = Object.entries(exposed).flatMap(([key, attributes]): ExposedPort[] => {
    const name = isObject(attributes) ? (attributes.name ?? "") : undefined;
    if (!/^\d+$/.test(key) || typeof name !== "string")
      throw new AnnotationError("NEG annotation is invalid.");
    const port = ports.find((candidate) => candidate.port === Number(key));
    if (!port) missing.push(`port ${key} specified in "${keys.neg}" doesn't exist in the service`);
    return port ? [{ port, ...(name === "" ? {} : { name }) }] : [];
  });
  if (missing.length === 1) throw new AnnotationError(missing[0]);
  if (missing.length > 1) throw new AnnotationError(`[${missing.join(", ")}]`);
  if (value.ingress === true && found.some(({ name }) => name))
    throw new AnnotationError(
      `configuration for negs in service (${service}) is invalid, custom neg name cannot be used with ingress enabled`,
    );
  for (const { name } of found)
    if (name && !/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
      throw new AnnotationError(
        `googleapi: Error 400: Invalid value for field 'resource.name': '${name}'. ` +
          "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)', invalid",
      );
  return found;
}

/** The BackendConfig of a port: the port's own (by name or number), else the default, else none. @throws AnnotationError */
export function backendConfigFor(annotations: Annotations, port: ServicePort): string | undefined {
  const text = annotations[keys.backendConfig] ?? annotations[keys.olderBackendConfig];
  if (text === undefined) return undefined;
  const value = parse(text);
  if (!isObject(value)) throw new AnnotationError("BackendConfig annotation is invalid json");
  const ports = isObject(value.ports) ? value.ports : {};
  if (!value.default && Object.keys(ports).length === 0)
    throw new AnnotationError("no BackendConfig's found in annotation");
  const name = ports[port.name] ?? ports[String(port.port)] ?? value.default;
  if (name !== undefined && typeof name !== "string")
    throw new AnnotationError("BackendConfig annotation is invalid json");
  return name;
}

export type AppProtocol = "HTTP" | "HTTPS" | "HTTP2";

/** How the load balancer speaks to a port; keyed by the port's name, HTTP by default. @throws AnnotationError */
export function appProtocolOf(annotations: Annotations, port: ServicePort): AppProtocol {
  const text = annotations[keys.appProtocols];
  if (text === undefined) return "HTTP";
  const value = parse(text);
  if (!isObject(value)) throw new AnnotationError(`${keys.appProtocols} annotation is invalid json: ${text}`);
  for (const protocol of Object.values(value))
    if (protocol !== "HTTP" && protocol !== "HTTPS" && protocol !== "HTTP2")
      throw new AnnotationError(`invalid port application protocol: ${String(protocol)}`);
  return (value[port.name] as AppProtocol | undefined) ?? "HTTP";
}
