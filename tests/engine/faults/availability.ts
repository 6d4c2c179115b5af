import { added, deployment, edited, type Fault, service } from "./fault";
import { CENTRAL } from "./typed";

const NAMESPACE = "istio-gateways";
const GATEWAY = "istio-ingressgateway";
const BUDGET = {
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  namespace: NAMESPACE,
  name: GATEWAY,
};
const SCALER = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  namespace: NAMESPACE,
  name: GATEWAY,
};
const PDB_AGAIN = `${CENTRAL} -n ${NAMESPACE} delete pdb ${GATEWAY}`;
const SCALER_AGAIN = `${CENTRAL} -n ${NAMESPACE} delete hpa ${GATEWAY}`;

export const availabilityFaults: Fault[] = [
  {
    what: "a disruption budget that blocks every drain",
    make: ({ central }) =>
      edited(central, BUDGET, ({ spec }: { spec: { minAvailable: number } }) => {
        spec.minAvailable = 2;
      }),
    fails: ["drain us-central1"],
    advice: /delete pdb.*mesh\.availability/,
    typed: [PDB_AGAIN],
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
    advice: /one budget per workload/,
    typed: [`${CENTRAL} -n ${NAMESPACE} delete pdb mine-too`],
  },
  {
    what: "a disruption budget that keeps nothing",
    make: ({ central }) =>
      edited(central, BUDGET, ({ spec }: { spec: { minAvailable: number } }) => {
        spec.minAvailable = 0;
      }),
    fails: ["drain us-central1"],
    advice: /delete pdb.*mesh\.availability/,
    typed: [PDB_AGAIN],
  },
  {
    what: "an autoscaler that may go down to one",
    make: ({ central }) =>
      edited(central, SCALER, ({ spec }: { spec: { minReplicas: number } }) => {
        spec.minReplicas = 1;
      }),
    fails: ["autoscaling us-central1"],
    advice: /delete hpa.*mesh\.availability/,
    typed: [SCALER_AGAIN],
  },
  {
    what: "an autoscaler that never scales up",
    make: ({ central }) =>
      edited(central, SCALER, ({ spec }: { spec: { behavior?: object } }) => {
        spec.behavior = { scaleUp: { selectPolicy: "Disabled" } };
      }),
    fails: ["autoscaling us-central1"],
    advice: /delete hpa/,
    typed: [SCALER_AGAIN],
  },
  {
    what: "spot nodes that take no pods",
    make: async ({ central }) => {
      const nodes = await central.list("v1", "Node", { labelSelector: "cloud.google.com/gke-spot=true" });
      const mends = await Promise.all(
        nodes.map(({ metadata: { name } }) =>
          edited(
            central,
            { apiVersion: "v1", kind: "Node", name },
            ({ spec }: { spec: { unschedulable?: boolean } }) => {
              spec.unschedulable = true;
            },
          ),
        ),
      );
      return () => Promise.all(mends.map((mend) => mend()));
    },
    fails: ["spot-placement us-central1"],
    advice: /^kubectl --context us-central1 uncordon /,
  },
  {
    what: "an autoscaler that stops early",
    make: ({ central }) =>
      edited(central, SCALER, ({ spec }: { spec: { maxReplicas: number } }) => {
        spec.maxReplicas = 2;
      }),
    fails: ["operator-made us-central1"],
    advice: /the operator makes it again/,
    typed: [SCALER_AGAIN],
  },
  {
    what: "an annotation of the gateway's Service that somebody changed",
    make: ({ central }) =>
      edited(
        central,
        service(NAMESPACE, "istio-eastwestgateway"),
        ({ metadata }: { metadata: { annotations: Record<string, string> } }) => {
          // The older name says the same.
          metadata.annotations["cloud.google.com/load-balancer-type"] = "Internal";
          delete metadata.annotations["networking.gke.io/load-balancer-type"];
        },
      ),
    fails: ["operator-made us-central1"],
    advice: /the operator makes it again/,
    typed: [`${CENTRAL} -n ${NAMESPACE} delete service istio-eastwestgateway`],
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
    advice: /delete deployment/,
    typed: [`${CENTRAL} -n ${NAMESPACE} delete deployment ${GATEWAY}`],
  },
];
