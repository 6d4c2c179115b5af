import type { Draft } from "./draft";
import { eastWestProblems } from "./eastWest";
import { clusterNames, isExisting } from "./names";
import { at, repeated, unknownName, type Problem } from "./problems";
import { isObject, valueAt } from "./schemaProblems";

/** A DNS label: RFC 1035. */
const LABEL_MAX = 63;

const SYSTEM_NAMESPACES = [
  "default",
  "istio-gateways",
  "istio-operator",
  "istio-system",
  "kube-public",
  "kube-system",
];

/** Checks what has to do with requests: gateways, the edge, routes and tracing. */
export function trafficProblems(draft: Draft): Problem[] {
  return [
    ...eastWestProblems(draft),
    ...membershipProblems(draft),
    ...certificateProblems(draft),
    ...sslPolicyProblems(draft),
    ...routeProblems(draft),
    ...tracingProblems(draft),
    ...verifyProblems(draft),
  ];
}

/** The MultiClusterIngress lives in the config cluster, which the fleet's feature names by its membership. */
function membershipProblems(draft: Draft): Problem[] {
  const { mesh, broken } = draft;
  const name = mesh.configCluster;
  if (!isExisting(draft, name) || mesh.clusters[name]?.existing?.membershipLink || broken("clusters", name))
    return [];
  return [
    {
      path: at("clusters", name, "existing", "membershipLink"),
      remedy:
        "is missing, and the config cluster has to be in the fleet; write membershipLink: //container.googleapis.com/projects/<project>/locations/<location>/clusters/<name>",
    },
  ];
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
  if ("managed" in chosen && !broken("ingress", "certificate", "managed")) {
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
  const labels = domain.split(".");
  const valid =
    labels.length > 1 && labels.every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label));
  return valid
    ? undefined
    : "is no domain name; write lower-case letters, digits, hyphens and dots, such as shop.example.com";
}

/** https://cloud.google.com/load-balancing/docs/ssl-policies-concepts */
function sslPolicyProblems({ mesh }: Draft): Problem[] {
  const policy = mesh.ingress.sslPolicy;
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

function routeProblems(draft: Draft): Problem[] {
  const { mesh, written, broken } = draft;
  const routes = Array.isArray(written.routes) ? written.routes.filter(isObject) : [];
  const problems: Problem[] = [];
  if (routes.length > 0 && !mesh.dns && !broken("dns")) {
    problems.push({
      path: at("dns"),
      remedy:
        "is missing, and routes get their names there; write dns: { zone: <name of the managed zone>, domain: mesh.example.com }",
    });
  }
  const names = routes.flatMap(({ name }, index) =>
    typeof name === "string" ? [[at("routes", index, "name"), name] as const] : [],
  );
  for (const [name, [first, ...others]] of repeated(names)) {
    problems.push(
      ...others.map((path) => ({
        path,
        value: name,
        remedy: `is the name of ${first} too; write another one`,
      })),
    );
  }
  const known = clusterNames(draft);
  for (const [index, { name, clusters }] of routes.entries()) {
    const chosen = Array.isArray(clusters) ? clusters.filter((one) => typeof one === "string") : known;
    for (const cluster of chosen) {
      if (!known.includes(cluster)) {
        problems.push({
          path: at("routes", index, "clusters"),
          value: cluster,
          remedy: `is not in mesh.clusters: ${unknownName(cluster, known)}`,
        });
      } else if (typeof name === "string" && `${name}-${cluster}`.length > LABEL_MAX) {
        problems.push({
          path: at("routes", index, "name"),
          value: name,
          remedy: `makes the DNS name "${name}-${cluster}", and a part of one may have ${LABEL_MAX} characters; write at most ${LABEL_MAX - cluster.length - 1}`,
        });
      }
    }
  }
  return problems;
}

function tracingProblems({ mesh, broken }: Draft): Problem[] {
  if (!mesh.tracing || broken("tracing")) return [];
  const value = mesh.tracing.zipkinAddress;
  const remedy = addressRemedy(value);
  return remedy ? [{ path: at("tracing", "zipkinAddress"), value, remedy }] : [];
}

function addressRemedy(address: string): string | undefined {
  if (address.includes("/")) {
    return `is a URL or has a path; write host:port: ${address.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "")}`;
  }
  const [host = "", port, ...rest] = address.split(":");
  if (rest.length > 0 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(host)) {
    return "is no address; write host:port, such as jaeger-collector.observability.svc.cluster.local:9411";
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

function verifyProblems({ mesh }: Draft): Problem[] {
  const { enabled, namespace } = mesh.verifyWorkload;
  if (!enabled || !SYSTEM_NAMESPACES.includes(namespace)) return [];
  return [
    {
      path: at("verifyWorkload", "namespace"),
      value: namespace,
      remedy: "is not this workload's to make and to delete; write a namespace of its own, such as verify",
    },
  ];
}
