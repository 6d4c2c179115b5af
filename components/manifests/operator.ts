import type { Mesh } from "../config/schema";
import { minorOf } from "../config/versions";
import { GATEWAY_NAMESPACE } from "./eastWestGateway";

/** The namespace of the operator. Who may act in it may act on the whole cluster: see {@link operatorClusterRole}. */
export const OPERATOR_NAMESPACE = "istio-operator";

/** The namespace that the operator watches, and of istiod. */
export const ISTIO_NAMESPACE = "istio-system";

/**
 * Where the operator notices that something it made is gone. IstioOperator resources are in the first; of the gateways' own
 * namespace it has to be told, or a deleted gateway stays deleted.
 */
export const WATCHED_NAMESPACES = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE];

export type Istio = Mesh["istio"];

/**
 * What `istioctl operator init --revision` would apply, as objects, except the two namespaces. The chart behind it is not in
 * Istio's public repository: istio/istio at the version's tag, `manifests/charts/istio-operator`.
 */
export function operatorObjects(istio: Istio) {
  const name = `istio-operator-${istio.revision}`;
  return {
    serviceAccount: operatorServiceAccount(name),
    clusterRole: operatorClusterRole(name, istio.version),
    clusterRoleBinding: operatorClusterRoleBinding(name),
    service: operatorService(name),
    deployment: operatorDeployment(name, istio),
  };
}

/** The kind IstioOperator. Its schema is open: `checkIstioOperator` is what refuses a misspelt field. */
export function istioOperatorDefinition() {
  return {
    metadata: { name: "istiooperators.install.istio.io", labels: { release: "istio" } },
    spec: {
      conversion: { strategy: "None" },
      group: "install.istio.io",
      names: {
        kind: "IstioOperator",
        listKind: "IstioOperatorList",
        plural: "istiooperators",
        singular: "istiooperator",
        shortNames: ["iop", "io"],
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            {
              name: "Revision",
              type: "string",
              jsonPath: ".spec.revision",
              description: "Istio control plane revision",
            },
            { name: "Status", type: "string", jsonPath: ".status.status", description: "IOP current state" },
            {
              name: "Age",
              type: "date",
              jsonPath: ".metadata.creationTimestamp",
              description: "Time since the object was created",
            },
          ],
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  };
}

function operatorServiceAccount(name: string) {
  return { metadata: { name, namespace: OPERATOR_NAMESPACE } };
}

/**
 * The operator's rights, as its chart gives them. They equal cluster-admin (`*` on cluster roles includes `escalate` and
 * `bind`), which is why nobody else gets rights in {@link OPERATOR_NAMESPACE}.
 */
function operatorClusterRole(name: string, version: string) {
  const minor = minorOf(version);
  const istioGroups = [
    "authentication.istio.io",
    "config.istio.io",
    "install.istio.io",
    "networking.istio.io",
    "security.istio.io",
    ...(minor >= 22 ? ["telemetry.istio.io", "extensions.istio.io"] : []),
  ];
  return {
    metadata: { name },
    rules: [
      ...istioGroups.map((group) => ({ apiGroups: [group], resources: ["*"], verbs: ["*"] })),
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: ["*"],
      },
      {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions.apiextensions.k8s.io", "customresourcedefinitions"],
        verbs: ["*"],
      },
      {
        apiGroups: ["apps", "extensions"],
        resources: ["daemonsets", "deployments", "deployments/finalizers", "replicasets"],
        verbs: ["*"],
      },
      { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["*"] },
      {
        apiGroups: ["monitoring.coreos.com"],
        resources: ["servicemonitors"],
        verbs: ["get", "create", "update"],
      },
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["*"] },
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["clusterrolebindings", "clusterroles", "roles", "rolebindings"],
        verbs: ["*"],
      },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
      {
        apiGroups: [""],
        resources: [
          "configmaps",
          "endpoints",
          "events",
          "namespaces",
          "pods",
          "pods/proxy",
          "pods/portforward",
          "persistentvolumeclaims",
          "secrets",
          "services",
          "serviceaccounts",
          ...(minor >= 16 ? ["resourcequotas"] : []),
        ],
        verbs: ["*"],
      },
    ],
  };
}

function operatorClusterRoleBinding(name: string) {
  return {
    metadata: { name },
    subjects: [{ kind: "ServiceAccount", name, namespace: OPERATOR_NAMESPACE }],
    roleRef: { kind: "ClusterRole", name, apiGroup: "rbac.authorization.k8s.io" },
  };
}

function operatorService(name: string) {
  return {
    metadata: { name, namespace: OPERATOR_NAMESPACE, labels: { name: "istio-operator" } },
    spec: {
      ports: [{ name: "http-metrics", port: 8383, targetPort: 8383, protocol: "TCP" }],
      selector: { name: "istio-operator" },
    },
  };
}

/** One replica, and no spot placement: it mends what preemption breaks, so it stays where nothing is preempted. */
function operatorDeployment(name: string, istio: Istio) {
  const minor = minorOf(istio.version);
  const labels = { name: "istio-operator" };
  // The monitoring flags came with 1.17; up to 1.19 the image had to be told its user.
  const monitored = minor >= 17;
  return {
    metadata: { name, namespace: OPERATOR_NAMESPACE },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels,
          ...(monitored && {
            annotations: { "prometheus.io/port": "15014", "prometheus.io/scrape": "true" },
          }),
        },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name: "istio-operator",
              image: `${istio.hub}/operator:${istio.version}`,
              command: [
                "operator",
                "server",
                ...(monitored ? ["--monitoring-host=127.0.0.1", "--monitoring-port=15014"] : []),
              ],
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                privileged: false,
                readOnlyRootFilesystem: true,
                ...(minor <= 19 && { runAsGroup: 1337, runAsUser: 1337 }),
                runAsNonRoot: true,
              },
              resources: {
                limits: { cpu: "200m", memory: "256Mi" },
                requests: { cpu: "50m", memory: "128Mi" },
              },
              env: [
                { name: "WATCH_NAMESPACE", value: WATCHED_NAMESPACES.join(",") },
                { name: "LEADER_ELECTION_NAMESPACE", value: OPERATOR_NAMESPACE },
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "OPERATOR_NAME", value: OPERATOR_NAMESPACE },
                { name: "WAIT_FOR_RESOURCES_TIMEOUT", value: "300s" },
                { name: "REVISION", value: istio.revision },
              ],
            },
          ],
        },
      },
    },
  };
}
