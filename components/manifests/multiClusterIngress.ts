import type { Input } from "@pulumi/pulumi";
import type { Mesh } from "../config/schema";
import { CONNECTION_DRAINING_SECONDS } from "./draining";
import { GATEWAY_NAMESPACE, STATUS_PORT } from "./eastWestGateway";
import { INGRESS_GATEWAY_LABELS, INGRESS_PORTS } from "./ingressGateway";
import { ISTIO_NETWORKING } from "./istioApi";

// https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress and .../concepts/multi-cluster-ingress

/** The name shared by the edge's objects. */
export const EDGE = "edge";

/** The Secret with which the ingress gateway answers the load balancer, one per cluster. */
export const ORIGIN_TLS_SECRET = "edge-origin-tls";

/** The Secret with which the load balancer answers the world, beside each MultiClusterIngress. */
export const EDGE_TLS_SECRET = "edge-tls";

/** Where the MultiClusterIngress and the MultiClusterService are found, in the order in which they may go. */
export const MULTI_CLUSTER_OBJECTS = ["multiclusteringresses", "multiclusterservices"].map((plural) => ({
  group: "networking.gke.io",
  version: "v1",
  plural,
  namespace: GATEWAY_NAMESPACE,
  name: EDGE,
}));

/** The finished names of Google's kinds, which the fleet feature installs on the config cluster. */
export const MULTI_CLUSTER_KINDS = [
  "multiclusteringresses.networking.gke.io",
  "multiclusterservices.networking.gke.io",
];

/**
 * The mesh's one Gateway for the edge. Host `*`, and no other TLS Gateway on this port: the load balancer sends no server
 * name to its backends, so a Gateway for one host never matches and a second one for `*` is skipped. VirtualServices attach
 * to it as `istio-gateways/edge`.
 */
export function edgeGateway() {
  return {
    apiVersion: ISTIO_NETWORKING,
    kind: "Gateway",
    metadata: { name: EDGE, namespace: GATEWAY_NAMESPACE },
    spec: {
      selector: INGRESS_GATEWAY_LABELS,
      servers: [
        {
          port: { number: 443, name: "https", protocol: "HTTPS" },
          tls: { mode: "SIMPLE", credentialName: ORIGIN_TLS_SECRET },
          hosts: ["*"],
        },
      ],
    },
  };
}

/** How the load balancer treats requests before it sends them on: plain HTTP is redirected. */
export function frontendConfig(sslPolicy?: string) {
  return {
    apiVersion: "networking.gke.io/v1beta1",
    kind: "FrontendConfig",
    metadata: { name: EDGE, namespace: GATEWAY_NAMESPACE },
    spec: {
      redirectToHttps: { enabled: true, responseCodeName: "MOVED_PERMANENTLY_DEFAULT" },
      ...(sslPolicy && { sslPolicy }),
    },
  };
}

/** How the load balancer treats the ingress gateways' pods: it asks their status port, not the serving one. */
export function backendConfig({ securityPolicy, responseTimeoutSeconds }: Mesh["ingress"]) {
  return {
    apiVersion: "cloud.google.com/v1",
    kind: "BackendConfig",
    metadata: { name: EDGE, namespace: GATEWAY_NAMESPACE },
    spec: {
      timeoutSec: responseTimeoutSeconds,
      connectionDraining: { drainingTimeoutSec: CONNECTION_DRAINING_SECONDS },
      healthCheck: {
        type: "HTTP",
        port: STATUS_PORT,
        requestPath: "/healthz/ready",
        // Two failures of them until a lost region gets no more requests; until then clients near it see 502.
        checkIntervalSec: 5,
        timeoutSec: 5,
        healthyThreshold: 1,
        unhealthyThreshold: 2,
      },
      logging: { enable: true, sampleRate: 1 },
      ...(securityPolicy && { securityPolicy: { name: securityPolicy } }),
    },
  };
}

/** The ingress gateways of all members of the fleet, as one backend. The fleet is the mesh's own: docs/google-cloud.md. */
export function multiClusterService() {
  return {
    apiVersion: "networking.gke.io/v1",
    kind: "MultiClusterService",
    metadata: {
      name: EDGE,
      namespace: GATEWAY_NAMESPACE,
      annotations: {
        "cloud.google.com/backend-config": JSON.stringify({ default: EDGE }),
        "networking.gke.io/app-protocols": JSON.stringify({ https: "HTTPS" }),
      },
    },
    spec: { template: { spec: { selector: INGRESS_GATEWAY_LABELS, ports: INGRESS_PORTS } } },
  };
}

/** What the global load balancer answers with: a TLS Secret beside the ingress, or certificates that Google holds. */
export type EdgeCertificate = { secretName: string } | { preSharedCertificates: string[] };

/**
 * The global load balancer.
 *
 * @param address the reserved address itself, such as `203.0.113.7`: the name of the address is not understood.
 */
export function multiClusterIngress(address: Input<string>, certificate: EdgeCertificate) {
  const preShared =
    "preSharedCertificates" in certificate ? certificate.preSharedCertificates.join(",") : undefined;
  return {
    apiVersion: "networking.gke.io/v1",
    kind: "MultiClusterIngress",
    metadata: {
      name: EDGE,
      namespace: GATEWAY_NAMESPACE,
      annotations: {
        "networking.gke.io/static-ip": address,
        "networking.gke.io/frontend-config": EDGE,
        ...(preShared && { "networking.gke.io/pre-shared-certs": preShared }),
      },
    },
    spec: {
      template: {
        spec: {
          backend: { serviceName: EDGE, servicePort: 443 },
          ...("secretName" in certificate && { tls: [{ secretName: certificate.secretName }] }),
        },
      },
    },
  };
}
