import type { Draft } from "./draft";
import { DOMAIN_NAME } from "./fields";
import { eastWestProblems } from "./eastWest";
import { isExisting } from "./names";
import { at, type Problem, twice } from "./problems";
import { isObject, valueAt } from "./schemaProblems";

/** Namespaces of Kubernetes, Istio and GKE. https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ */
const SYSTEM_NAMESPACES = /^(default$|kube-|istio-|gke-|gmp-)/;

/** RFC 5280, ub-common-name. */
const COMMON_NAME_MAX = 64;

/** As in manifests/multiClusterIngress.ts: data flows from here to there. */
const ORIGIN_TLS_SECRET = "edge-origin-tls";

/** A host: DNS labels, of which a Service's full name has many. */
const HOST = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i;

const COLLECTOR = "jaeger-collector.observability.svc.cluster.local:9411";

/** Checks what has to do with requests: gateways, the edge, routes and tracing. */
export function trafficProblems(draft: Draft): Problem[] {
  return [
    ...eastWestProblems(draft),
    ...membershipProblems(draft),
    ...certificateProblems(draft),
    ...sslPolicyProblems(draft),
    ...tracingProblems(draft),
    ...localityProblems(draft),
    ...verifyProblems(draft),
  ];
}

/**
 * The MultiClusterIngress lives in the config cluster, which the fleet's feature names by its membership, and stands by in the
 * home cluster.
 */
function membershipProblems(draft: Draft): Problem[] {
  const { mesh, broken } = draft;
  return [...new Set([mesh.configCluster, mesh.homeCluster])]
    .filter(
      (name) =>
        isExisting(draft, name) &&
        !mesh.clusters[name]?.existing?.membershipLink &&
        !broken("clusters", name),
    )
    .map((name) => ({
      path: at("clusters", name, "existing", "membershipLink"),
      remedy: `is missing, and the ${name === mesh.configCluster ? "config" : "home"} cluster has to be in the fleet; write membershipLink: //container.googleapis.com/projects/<project>/locations/<location>/clusters/<name>`,
    }));
}

function certificateProblems({ written, mesh, broken }: Draft): Problem[] {
  const path = at("ingress", "certificate");
  const certificate = valueAt(written, ["ingress", "certificate"]);
  const given = isObject(certificate) ? Object.keys(certificate) : [];
  const known = given.filter((key) => ["selfSigned", "secretName", "managed", "preShared"].includes(key));
  const problems: Problem[] = [];
  if (known.length > 1) {
    problems.push({ path, remedy: `has ${known.join(" and ")}; write one of them` });
  }
  const { certificate: chosen } = mesh.ingress;
  if (broken("ingress", "certificate")) return problems;
  if ("secretName" in chosen && chosen.secretName === ORIGIN_TLS_SECRET) {
    problems.push({
      path: at("ingress", "certificate", "secretName"),
      value: chosen.secretName,
      remedy:
        "is the Secret between the load balancer and the gateways, which this program makes; write another name",
    });
  }
  if ("selfSigned" in chosen && chosen.selfSigned.commonName.length > COMMON_NAME_MAX && !broken("dns")) {
    const { commonName } = chosen.selfSigned;
    problems.push({
      path: at("ingress", "certificate", "selfSigned", "commonName"),
      value: commonName,
      remedy: `has ${commonName.length} characters, and a certificate has room for ${COMMON_NAME_MAX}; write a shorter one (where none is written, it is dns.domain)`,
    });
  }
  if ("preShared" in chosen) {
    problems.push(...twice(at("ingress", "certificate", "preShared"), chosen.preShared));
  }
  if ("managed" in chosen) {
    problems.push(...twice(at("ingress", "certificate", "managed", "domains"), chosen.managed.domains));
    for (const [index, domain] of chosen.managed.domains.entries()) {
      const remedy = domainRemedy(domain);
      if (remedy)
        problems.push({
          path: at("ingress", "certificate", "managed", "domains", index),
          value: domain,
          remedy,
        });
    }
  }
  return problems;
}

/** https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs */
function domainRemedy(domain: string): string | undefined {
  if (domain.includes("*")) {
    return "a Google-managed certificate takes no wildcards; write each name, or use secretName or preShared";
  }
  if (/^[0-9.]+$/.test(domain)) {
    return "is an address; write a domain name";
  }
  return DOMAIN_NAME.test(domain)
    ? undefined
    : "is no domain name; write lower-case letters, digits, hyphens and dots, such as shop.example.com";
}

/** https://cloud.google.com/load-balancing/docs/ssl-policies-concepts */
function sslPolicyProblems({ mesh, broken }: Draft): Problem[] {
  const policy = mesh.ingress.sslPolicy;
  if (broken("ingress", "sslPolicy")) return [];
  if (policy?.minTlsVersion !== "TLS_1_3" || policy.profile === "RESTRICTED") return [];
  return [
    {
      path: at("ingress", "sslPolicy", "profile"),
      value: policy.profile,
      remedy:
        "Google has TLS_1_3 with one profile only; write profile: RESTRICTED, or minTlsVersion: TLS_1_2",
    },
  ];
}

function tracingProblems({ mesh, broken }: Draft): Problem[] {
  if (!mesh.tracing || broken("tracing")) return [];
  const value = mesh.tracing.zipkinAddress;
  const remedy = addressRemedy(value);
  return remedy ? [{ path: at("tracing", "zipkinAddress"), value, remedy }] : [];
}

function addressRemedy(address: string): string | undefined {
  if (address.includes("/")) {
    const inside = address.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/s, "");
    return `is a URL or has a path; write host:port: ${/^[\w.:-]{1,260}$/.test(inside) ? inside : COLLECTOR}`;
  }
  const [host = "", port, ...rest] = address.split(":");
  if (rest.length > 0 || !HOST.test(host)) {
    return `is no address; write host:port, such as ${COLLECTOR}`;
  }
  const [service, namespace = "<namespace>"] = host.split(".");
  const fullName = host.split(".").length > 2 ? host : `${service}.${namespace}.svc.cluster.local`;
  if (port === undefined) {
    return `has no port; write ${fullName}:9411`;
  }
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return `has no port from 1 to 65535; write ${fullName}:9411`;
  }
  return host.includes(".")
    ? undefined
    : `is a bare service name, which each workload looks up in its own namespace; write ${fullName}:${port}`;
}

/** https://istio.io/latest/docs/tasks/traffic-management/locality-load-balancing/failover/ */
function localityProblems({ mesh, broken }: Draft): Problem[] {
  if (!mesh.locality.enabled || mesh.outlierDetection || broken("outlierDetection")) return [];
  return [
    {
      path: at("locality", "enabled"),
      value: true,
      remedy:
        "Istio prefers the near region only where it may take endpoints out; leave outlierDetection: false out, or write enabled: false",
    },
  ];
}

function verifyProblems({ mesh }: Draft): Problem[] {
  const { enabled, namespace } = mesh.verifyWorkload;
  if (!enabled || !SYSTEM_NAMESPACES.test(namespace)) return [];
  return [
    {
      path: at("verifyWorkload", "namespace"),
      value: namespace,
      remedy: "is not this workload's to make and to delete; write a namespace of its own, such as verify",
    },
  ];
}
