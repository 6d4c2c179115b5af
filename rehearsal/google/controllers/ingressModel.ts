import type { ApiObject } from "../../kubernetes/client";
import { at, isObject, listAt, textAt, type Properties } from "../properties";
import {
  AnnotationError,
  appProtocolOf,
  backendConfigFor,
  keys,
  listOfNames,
  type AppProtocol,
} from "./annotations";
import type { Cloud, CloudAddress } from "./cloud";
import type { ConfigObjects } from "./configObjects";
import { annotationsOf, hash36, keyOf, portsOf, type ServicePort } from "./objects";

/** A backend service of the load balancer: one for each MultiClusterService and port that a rule names. */
export interface Backend {
  /** Name of the MultiClusterService. */
  service: string;
  port: ServicePort;
  protocol: AppProtocol;
  healthCheck: HealthCheck;
  securityPolicy?: string;
}

export interface HealthCheck {
  type: AppProtocol;
  /** Undefined: the serving port. */
  port?: number;
  path: string;
}

/** What a MultiClusterIngress asks for. */
export interface LoadBalancerModel {
  /** Undefined: an ephemeral one. */
  address?: CloudAddress;
  https: boolean;
  certificates: string[];
  tlsSecrets: string[];
  sslPolicy?: string;
  redirect: boolean;
  backends: Backend[];
}

type Project = Pick<
  Cloud,
  "projectId" | "addresses" | "sslCertificates" | "sslPolicies" | "securityPolicies"
>;

/** Every problem at once: the ingress has no load balancer until there is none. */
export function translate(
  ingress: ApiObject,
  config: ConfigObjects,
  project: Project,
): { model?: LoadBalancerModel; problems: string[] } {
  const problems: string[] = [];
  const annotations = annotationsOf(ingress);
  const address = staticAddress(annotations[keys.staticIp], project, problems);
  const certificates = listOfNames(annotations[keys.preSharedCertificates]);
  for (const name of certificates)
    if (!project.sslCertificates().includes(name))
      problems.push(
        `${keys.preSharedCertificates}: SSL certificate "${name}" not found in project ${project.projectId}`,
      );
  const tlsSecrets = listAt(ingress, "spec.template.spec.tls").flatMap((entry) => {
    const name = textAt(entry, "secretName");
    if (name) checkSecret(name, config.secrets, problems);
    return name ? [name] : [];
  });
  const frontend = frontendConfig(annotations[keys.frontendConfig], config, project, problems);
  const https = certificates.length > 0 || tlsSecrets.length > 0;
  if (https && annotations[keys.staticIp] === undefined)
    problems.push(
      `HTTPS needs a reserved global address: set ${keys.staticIp} to its IP address or its full URL`,
    );
  const backends = backendsOf(ingress).flatMap((reference) => backend(reference, config, project, problems));
  if (backends.length === 0 && problems.length === 0)
    problems.push("spec.template.spec has neither a backend nor a rule with one");
  if (problems.length > 0) return { problems };
  return {
    problems,
    model: { ...(address ? { address } : {}), https, certificates, tlsSecrets, ...frontend, backends },
  };
}

/**
 * The annotation takes the address itself or its full URL, not the bare name
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#static).
 */
function staticAddress(
  value: string | undefined,
  project: Project,
  problems: string[],
): CloudAddress | undefined {
  if (value === undefined) return undefined;
  const globals = project.addresses().filter((address) => address.region === undefined);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) {
    const found = globals.find((address) => address.address === value);
    if (!found)
      problems.push(
        `${keys.staticIp}: "${value}" is no reserved global address of project ${project.projectId}`,
      );
    return found;
  }
  const url =
    /^https:\/\/(?:www|compute)\.googleapis\.com\/compute\/v1\/(projects\/[^/]+\/global\/addresses\/[^/]+)$/;
  const id = url.exec(value)?.[1];
  if (id === undefined) {
    problems.push(`${keys.staticIp}: "${value}" is neither an IP address nor the full URL of an address`);
    return undefined;
  }
  const found = globals.find((address) => address.id === id);
  if (!found) problems.push(`${keys.staticIp}: no global address "${value}"`);
  return found;
}

function checkSecret(name: string, secrets: ApiObject[], problems: string[]): void {
  const secret = secrets.find((one) => one.metadata.name === name);
  if (!secret) {
    problems.push(`secret "${name}" does not exist in the namespace of the MultiClusterIngress`);
    return;
  }
  for (const field of ["tls.crt", "tls.key"])
    if (!isObject(secret.data) || !secret.data[field]) problems.push(`secret "${name}" has no "${field}"`);
}

const redirectCodes = [
  "MOVED_PERMANENTLY_DEFAULT",
  "FOUND",
  "TEMPORARY_REDIRECT",
  "PERMANENT_REDIRECT",
  "SEE_OTHER",
];

function frontendConfig(
  name: string | undefined,
  config: ConfigObjects,
  project: Project,
  problems: string[],
): { sslPolicy?: string; redirect: boolean } {
  if (name === undefined) return { redirect: false };
  const found = config.frontendConfigs.find((one) => one.metadata.name === name);
  if (!found) {
    problems.push(`FrontendConfig "${name}" does not exist in the namespace of the MultiClusterIngress`);
    return { redirect: false };
  }
  const sslPolicy = textAt(found, "spec.sslPolicy");
  if (sslPolicy !== undefined && !project.sslPolicies().includes(sslPolicy))
    problems.push(
      `FrontendConfig "${name}": SSL policy "${sslPolicy}" not found in project ${project.projectId}`,
    );
  const code = textAt(found, "spec.redirectToHttps.responseCodeName");
  if (code !== undefined && !redirectCodes.includes(code))
    problems.push(
      `FrontendConfig "${name}": invalid redirect code "${code}", use one of ${redirectCodes.join(", ")}`,
    );
  return {
    ...(sslPolicy === undefined ? {} : { sslPolicy }),
    redirect: at(found, "spec.redirectToHttps.enabled") === true,
  };
}

interface BackendReference {
  service: string;
  port: string;
}

/** Backends that the ingress names, each once. */
export function backendsOf(ingress: ApiObject): BackendReference[] {
  const spec = at(ingress, "spec.template.spec");
  const rules = listAt(spec, "rules").flatMap((rule) => listAt(rule, "http.paths"));
  const all = [at(spec, "backend"), ...rules.map((path) => path.backend)]
    .filter(isObject)
    .map((one: Properties) => ({
      service: textAt(one, "serviceName") ?? "",
      port:
        typeof one.servicePort === "number" || typeof one.servicePort === "string"
          ? String(one.servicePort)
          : "",
    }));
  return [...new Map(all.map((one) => [`${one.service}:${one.port}`, one])).values()];
}

function backend(
  reference: BackendReference,
  config: ConfigObjects,
  project: Project,
  problems: string[],
): Backend[] {
  const service = config.services.find((one) => one.metadata.name === reference.service);
  if (!service) {
    problems.push(
      `MultiClusterService "${reference.service}" does not exist in the namespace of the MultiClusterIngress`,
    );
    return [];
  }
  const ports = portsOf(at(service, "spec.template.spec"));
  const port = ports.find((one) => String(one.port) === reference.port || one.name === reference.port);
  if (!port) {
    problems.push(`MultiClusterService "${reference.service}" has no port ${reference.port}`);
    return [];
  }
  try {
    const protocol = appProtocolOf(annotationsOf(service), port);
    const configured = configuredBackend(
      backendConfigFor(annotationsOf(service), port),
      config,
      project,
      problems,
    );
    const healthCheck = { type: protocol, path: "/", ...configured.healthCheck };
    return [{ service: reference.service, port, protocol, ...configured, healthCheck }];
  } catch (error) {
    if (!(error instanceof AnnotationError)) throw error;
    problems.push(`MultiClusterService "${reference.service}": ${error.message}`);
    return [];
  }
}

function configuredBackend(
  name: string | undefined,
  config: ConfigObjects,
  project: Project,
  problems: string[],
): { healthCheck?: Partial<HealthCheck>; securityPolicy?: string } {
  if (name === undefined) return {};
  const found = config.backendConfigs.find((one) => one.metadata.name === name);
  if (!found) {
    problems.push(`BackendConfig "${name}" does not exist in the namespace of the MultiClusterService`);
    return {};
  }
  const type = textAt(found, "spec.healthCheck.type");
  if (type !== undefined && !["HTTP", "HTTPS", "HTTP2"].includes(type))
    problems.push(
      `BackendConfig "${name}": unrecognized health check type "${type}", use HTTP, HTTPS or HTTP2`,
    );
  const securityPolicy = textAt(found, "spec.securityPolicy.name");
  if (securityPolicy !== undefined && !project.securityPolicies().includes(securityPolicy))
    problems.push(
      `BackendConfig "${name}": security policy "${securityPolicy}" not found in project ${project.projectId}`,
    );
  const path = textAt(found, "spec.healthCheck.requestPath");
  const port = at(found, "spec.healthCheck.port");
  const healthCheck = {
    ...(type === undefined ? {} : { type: type as AppProtocol }),
    ...(typeof port === "number" ? { port } : {}),
    ...(path === undefined ? {} : { path }),
  };
  return { healthCheck, ...(securityPolicy === undefined ? {} : { securityPolicy }) };
}

/** Names of what the load balancer consists of, as `status.CloudResources` lists them. */
export function resourceNames(
  ingress: ApiObject,
  project: string,
  network: string,
  model: LoadBalancerModel,
) {
  const prefix = `mci-${hash36(project, 6)}`;
  const own = keyOf(ingress).replace("/", "-");
  const namespace = ingress.metadata.namespace ?? "";
  const backend = (one: Backend) => `${prefix}-${one.port.port}-${namespace}-${one.service}`;
  return {
    firewall: `${prefix}-${network}-l7`,
    forwardingRules: [`${prefix}-fw-${own}`, ...(model.https ? [`${prefix}-fws-${own}`] : [])],
    // The proxies for HTTP and for HTTPS have the same name: they are of different kinds.
    targetProxies: [`${prefix}-${own}`, ...(model.https ? [`${prefix}-${own}`] : [])],
    urlMap: `${prefix}-${own}`,
    backends: model.backends.map(backend),
  };
}

/** Name of the Service that a MultiClusterService makes in each member; by name only, so it is the same in all of them. */
export function derivedServiceName(service: string): string {
  return `mci-${service}-svc-${hash36(service, 16)}`;
}

/** `Saturday, 14-Nov-20 21:46:46 UTC` (RFC 850), as the controller writes times. */
export function reconcileTime(now: Date): string {
  const day = (style: "long") => now.toLocaleDateString("en-US", { weekday: style, timeZone: "UTC" });
  const [, date = "", month = "", year = "", time = ""] =
    /^\w+, (\d+) (\w+) \d\d(\d\d) ([\d:]+) GMT$/.exec(now.toUTCString()) ?? [];
  return `${day("long")}, ${date}-${month}-${year} ${time} UTC`;
}
