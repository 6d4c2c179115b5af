import type { ApiObject } from "../../../rehearsal/kubernetes/client";
import { newRoot } from "./certificates";
import { added, edited, encode, type Fault, removed, secret } from "./fault";
import { CENTRAL, EAST, EAST_UP } from "./typed";

const NAMESPACE = "istio-gateways";
const named = (apiVersion: string, kind: string) => ({
  apiVersion,
  kind,
  namespace: NAMESPACE,
  name: "edge",
});
const INGRESS = named("networking.gke.io/v1", "MultiClusterIngress");
const SERVICE = named("networking.gke.io/v1", "MultiClusterService");

interface Annotated {
  metadata: { annotations: Record<string, string> };
}

export const edgeFaults: Fault[] = [
  {
    what: "a health check on the wrong port",
    make: ({ east }) =>
      edited(
        east,
        named("cloud.google.com/v1", "BackendConfig"),
        ({ spec }: { spec: { healthCheck: { port: number } } }) => {
          spec.healthCheck.port = 8443;
        },
      ),
    fails: ["health-check us-east1"],
    advice: /spec\.healthCheck is HTTP on port 15021/,
    typed: [EAST_UP],
    always: true,
  },
  {
    what: "a health check for the wrong path",
    make: ({ east }) =>
      edited(
        east,
        named("cloud.google.com/v1", "BackendConfig"),
        ({ spec }: { spec: { healthCheck: { requestPath: string } } }) => {
          spec.healthCheck.requestPath = "/";
        },
      ),
    fails: ["health-check us-east1"],
    advice: /requestPath \/healthz\/ready/,
  },
  {
    what: "no redirect",
    make: ({ east }) =>
      edited(
        east,
        named("networking.gke.io/v1beta1", "FrontendConfig"),
        ({ spec }: { spec: { redirectToHttps: { enabled: boolean } } }) => {
          spec.redirectToHttps.enabled = false;
        },
      ),
    fails: ["redirect us-east1"],
    advice: /spec\.redirectToHttps\.enabled: true/,
    typed: [EAST_UP],
  },
  {
    what: "a certificate that is gone",
    make: ({ east }) => removed(east, secret(NAMESPACE, "edge-tls")),
    fails: ["edge-certificate us-east1"],
    advice: /mesh\.ingress\.certificate/,
  },
  {
    what: "a certificate for another name",
    make: ({ east }) =>
      edited(east, secret(NAMESPACE, "edge-tls"), (object: ApiObject) => {
        const { certificate, key } = newRoot("elsewhere.example.com");
        object.data = { "tls.crt": encode(certificate), "tls.key": encode(key) };
      }),
    fails: ["edge-certificate us-east1"],
    advice: /mesh\.ingress\.certificate/,
  },
  {
    what: "another address for the ingress",
    make: ({ east }) =>
      edited(east, INGRESS, ({ metadata }: Annotated) => {
        metadata.annotations["networking.gke.io/static-ip"] = "203.0.113.99";
      }),
    fails: ["ingress-address us-east1"],
    advice: /describe multiclusteringress edge/,
  },
  {
    what: "a multi-cluster service that selects nothing",
    make: ({ east }) =>
      edited(
        east,
        SERVICE,
        ({ spec }: { spec: { template: { spec: { selector: Record<string, string> } } } }) => {
          spec.template.spec.selector = { app: "ingress" };
        },
      ),
    fails: ["multi-cluster-service us-east1"],
    advice: /pulumi up --refresh -s us-east1/,
  },
  {
    what: "a multi-cluster service that speaks HTTP to the gateways",
    make: ({ east }) =>
      edited(east, SERVICE, ({ metadata }: Annotated) => {
        delete metadata.annotations["networking.gke.io/app-protocols"];
      }),
    fails: ["multi-cluster-service us-east1"],
    advice: /pulumi up --refresh -s us-east1/,
  },
  {
    what: "a multi-cluster service that leads to another port",
    make: ({ east }) =>
      edited(
        east,
        SERVICE,
        ({ spec }: { spec: { template: { spec: { ports: { targetPort: number }[] } } } }) => {
          for (const port of spec.template.spec.ports) {
            port.targetPort = 9443;
          }
        },
      ),
    fails: ["multi-cluster-service us-east1"],
    advice: /pulumi up --refresh -s us-east1/,
  },
  {
    what: "subsets in one cluster only",
    make: ({ east, central }) =>
      added(
        east,
        {
          apiVersion: "networking.istio.io/v1",
          kind: "DestinationRule",
          metadata: { name: "pinned", namespace: "default" },
          spec: {
            host: "pinned.verify.svc.cluster.local",
            subsets: [{ name: "us-east1", labels: { "topology.istio.io/cluster": "us-east1" } }],
          },
        },
        [central],
      ),
    fails: ["subsets us-central1"],
    advice:
      /a rule of a stack: pulumi up --refresh -s us-east1; pulumi up --refresh -s us-central1; a rule of your own/,
    typed: [
      `${EAST} -n default get destinationrule pinned -o yaml | sed '/^  resourceVersion:/d; /^  uid:/d' | ${CENTRAL} apply -f -`,
    ],
    always: true,
  },
];
