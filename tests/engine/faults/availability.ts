import { added, deployment, edited, type Fault } from "./fault";

const NAMESPACE = "istio-gateways";
const GATEWAY = "istio-ingressgateway";

export const availabilityFaults: Fault[] = [
  {
    what: "a disruption budget that blocks every drain",
    make: ({ central }) =>
      edited(
        central,
        { apiVersion: "policy/v1", kind: "PodDisruptionBudget", namespace: NAMESPACE, name: GATEWAY },
        ({ spec }: { spec: { minAvailable: number } }) => {
          spec.minAvailable = 2;
        },
      ),
    fails: ["drain us-central1"],
    advice: /delete pdb.*mesh\.availability/,
    always: true,
  },
  {
    what: "a second disruption budget",
    make: ({ central }) =>
      added(central, {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "mine-too", namespace: NAMESPACE },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: GATEWAY } } },
      }),
    fails: ["drain us-central1"],
    advice: /delete pdb/,
  },
  {
    what: "an autoscaler that may go down to one",
    make: ({ central }) =>
      edited(
        central,
        {
          apiVersion: "autoscaling/v2",
          kind: "HorizontalPodAutoscaler",
          namespace: NAMESPACE,
          name: GATEWAY,
        },
        ({ spec }: { spec: { minReplicas: number } }) => {
          spec.minReplicas = 1;
        },
      ),
    fails: ["autoscaling us-central1"],
    advice: /delete hpa.*mesh\.availability/,
  },
  {
    what: "an autoscaler without requests to compare with",
    make: ({ central }) =>
      edited(
        central,
        deployment(NAMESPACE, GATEWAY),
        ({ spec }: { spec: { template: { spec: { containers: { resources?: object }[] } } } }) => {
          spec.template.spec.containers.forEach((container) => delete container.resources);
        },
      ),
    fails: ["autoscaling us-central1"],
    advice: /a container without a CPU request/,
  },
];
