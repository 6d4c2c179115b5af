import { callProject } from "../../../rehearsal/engine/providers/gcp/client";
import { objectAt, type Properties } from "../../../rehearsal/google/properties";
import { PROJECT } from "../../../rehearsal/program";
import { added, edited, type Fault, type Mend, removed, service } from "./fault";
import { CENTRAL_UP } from "./typed";

/** An object of the project itself, past Pulumi. */
async function changed(type: string, id: string, change: (now: Properties) => Properties): Promise<Mend> {
  const { signal } = new AbortController();
  const { properties: before } = await callProject("read", type, { id }, signal);
  const set = (properties: Properties) => callProject("update", type, { id, properties }, signal);
  await set(change(structuredClone(before)));
  return () => set(before);
}

const IN_PROJECT = `projects/${PROJECT.id}`;

/** What no object in a cluster tells: requests do not come through. */
export const trafficFaults: Fault[] = [
  {
    what: "a gateway that does not listen on port 15443",
    make: ({ central }) =>
      added(central, {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: "closed", namespace: "istio-gateways" },
        spec: {
          workloadSelector: { labels: { app: "istio-eastwestgateway" } },
          configPatches: [
            {
              applyTo: "LISTENER",
              match: { context: "GATEWAY", listener: { portNumber: 15443 } },
              patch: { operation: "REMOVE" },
            },
          ],
        },
      }),
    fails: ["east-west-answers us-east1>us-central1"],
    advice: /firewall rule mesh-east-west admits 10\.16\.0\.0\/12 on tcp 15443/,
    traffic: true,
    always: true,
  },
  {
    // In both: with the near region first, one's own is all that a gateway asks.
    what: "workloads that refuse the gateways",
    make: async ({ east, central }) => {
      const mends = [east, central].map((client) =>
        added(client, {
          apiVersion: "security.istio.io/v1",
          kind: "AuthorizationPolicy",
          metadata: { name: "nobody", namespace: "verify" },
          spec: { selector: { matchLabels: { app: "verify" } } },
        }),
      );
      const [one, two] = await Promise.all(mends);
      return async () => {
        await one?.();
        await two?.();
      };
    },
    fails: ["ingress-answers us-east1", "ingress-answers us-central1"],
    advice: /403: an AuthorizationPolicy refuses it: kubectl --context us-east1 get authorizationpolicies -A/,
    traffic: true,
    always: true,
  },
  {
    what: "an ingress gateway without the verify workload's route",
    make: ({ central }) =>
      removed(central, {
        apiVersion: "networking.istio.io/v1beta1",
        kind: "VirtualService",
        namespace: "verify",
        name: "verify",
      }),
    fails: ["ingress-answers us-central1"],
    advice: /404: no VirtualService of Gateway istio-gateways\/edge takes the request/,
    typed: [CENTRAL_UP],
    traffic: true,
    always: true,
  },
  {
    what: "an ingress gateway that refuses everybody",
    make: ({ central }) =>
      added(central, {
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { name: "nobody", namespace: "istio-gateways" },
        spec: { selector: { matchLabels: { app: "istio-ingressgateway" } } },
      }),
    fails: ["ingress-answers us-central1"],
    advice:
      /403: an AuthorizationPolicy refuses it: kubectl --context us-central1 get authorizationpolicies -A/,
    traffic: true,
  },
  {
    what: "a Service that selects nothing",
    make: ({ central }) =>
      edited(
        central,
        service("verify", "verify"),
        ({ spec }: { spec: { selector: Record<string, string> } }) => {
          spec.selector = { app: "page" };
        },
      ),
    fails: ["endpoints us-east1>us-central1"],
    advice: /-n verify get endpointslices/,
  },
  {
    what: "a firewall that keeps Google's proxies out",
    make: () =>
      changed(
        "gcp:compute/firewall:Firewall",
        `${IN_PROJECT}/global/firewalls/mesh-global-load-balancer`,
        (rule) => ({ ...rule, disabled: true }),
      ),
    fails: ["answers"],
    advice: /firewall rule mesh-global-load-balancer/,
    traffic: true,
  },
  {
    what: "an API server that does not admit the other cluster's pods",
    make: () =>
      changed(
        "gcp:container/cluster:Cluster",
        `${IN_PROJECT}/locations/us-central1/clusters/us-central1`,
        (cluster) => ({
          ...cluster,
          masterAuthorizedNetworksConfig: {
            ...objectAt(cluster, "masterAuthorizedNetworksConfig"),
            cidrBlocks: [{ cidrBlock: "10.99.0.0/16", displayName: "nobody" }],
          },
        }),
      ),
    fails: ["api-reachable us-east1>us-central1"],
    advice: /clusters describe us-central1 .*10\.16\.0\.0\/12 among the authorized networks/,
    typed: [CENTRAL_UP],
    traffic: true,
  },
];
