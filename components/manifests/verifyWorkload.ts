import { createHash } from "node:crypto";
import type { Mesh } from "../config/schema";
import { GATEWAY_NAMESPACE } from "./eastWestGateway";
import { ISTIO_NETWORKING } from "./istioApi";
import { EDGE } from "./multiClusterIngress";
import { verifyPage } from "./verifyPage";

type Verify = Mesh["verifyWorkload"];

const NAME = "verify";
const LABELS = { app: NAME };
const PORT = 8080;

/**
 * For as long as its sidecar still takes requests when the pod is to stop: nginx closes its port at once, and every proxy in
 * both clusters has to hear first that the pod goes. Istio's `terminationDrainDuration`, 5 s by default:
 * https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig
 */
const DRAIN_SECONDS = 5;

/**
 * A page that names the pod and the cluster that answered. The same Service exists in every cluster, so Istio spreads the
 * requests over the replicas of all of them.
 */
export function verifyWorkload(
  verify: Verify,
  { cluster, clusters, revision }: { cluster: string; clusters: string[]; revision: string },
) {
  const { namespace, replicas, image } = verify;
  const metadata = { name: NAME, namespace };
  const page = verifyPage({ cluster, clusters, port: PORT });
  return {
    namespace: { metadata: { name: namespace, labels: { "istio.io/rev": revision } } },
    page: { metadata, data: page },
    service: {
      metadata: { ...metadata, labels: LABELS },
      spec: { selector: LABELS, ports: [{ name: "http", port: 80, targetPort: PORT }] },
    },
    disruptionBudget: { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } } },
    deployment: {
      metadata: { ...metadata, labels: LABELS },
      spec: {
        replicas,
        selector: { matchLabels: LABELS },
        template: {
          // Templates are filled in when a pod starts: another page needs other pods.
          metadata: { labels: LABELS, annotations: { "checksum/page": checksum(page) } },
          spec: {
            automountServiceAccountToken: false,
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: LABELS },
              },
            ],
            containers: [
              {
                name: "page",
                image,
                ports: [{ name: "http", containerPort: PORT }],
                env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
                lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
                readinessProbe: { httpGet: { path: "/", port: "http" } },
                resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                  readOnlyRootFilesystem: true,
                  runAsNonRoot: true,
                  seccompProfile: { type: "RuntimeDefault" },
                },
                volumeMounts: [
                  { name: "page", mountPath: "/etc/nginx/templates" },
                  { name: "conf", mountPath: "/etc/nginx/conf.d" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "page", configMap: { name: NAME } },
              { name: "conf", emptyDir: {} },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
      },
    },
    virtualService: {
      apiVersion: ISTIO_NETWORKING,
      kind: "VirtualService",
      metadata,
      spec: {
        hosts: ["*"],
        gateways: [`${GATEWAY_NAMESPACE}/${EDGE}`],
        http: [
          {
            // The page shows the way of a request; rules are the gateways' of this cluster alone.
            headers: { response: { set: { "x-ingress-cluster": cluster } } },
            route: [
              { destination: { host: `${NAME}.${namespace}.svc.cluster.local`, port: { number: 80 } } },
            ],
          },
        ],
      },
    },
  };
}

function checksum(data: Record<string, string>): string {
  return createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 16);
}
