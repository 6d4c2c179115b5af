import type { ApiObject } from "../client";

/** Where the Service leads: an address behind those of nodes, in the range that no network of anybody's uses (RFC 2544). */
export const metricsAddress = "198.19.0.1";
const port = 10250;

const metadata = {
  name: "metrics-server",
  namespace: "kube-system",
  labels: { "k8s-app": "metrics-server", "kubernetes.io/cluster-service": "true" },
};

/**
 * What GKE's clusters have from the start, but for the pod:
 * https://github.com/kubernetes/kubernetes/tree/master/cluster/addons/metrics-server
 */
export const metricsObjects: ApiObject[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    // No selector: no pod is played for it.
    spec: { ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }] },
  },
  {
    // Kubernetes 1.33 looks for an API's server in Endpoints, not in EndpointSlices.
    apiVersion: "v1",
    kind: "Endpoints",
    metadata,
    subsets: [{ addresses: [{ ip: metricsAddress }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: {
      name: "system:aggregated-metrics-reader",
      labels: {
        "rbac.authorization.k8s.io/aggregate-to-view": "true",
        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
        "rbac.authorization.k8s.io/aggregate-to-admin": "true",
      },
    },
    rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io", labels: metadata.labels },
    spec: {
      service: { name: metadata.name, namespace: metadata.namespace, port: 443 },
      group: "metrics.k8s.io",
      version: "v1beta1",
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  },
];
