import { added, edited, type Fault, removed, service, stopped } from "./fault";
import { CENTRAL, CENTRAL_UP } from "./typed";

const REVISION = "1-23-6";

interface Labelled {
  metadata: { labels: Record<string, string> };
}

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", name });

export const istioFaults: Fault[] = [
  {
    what: "a namespace without its network",
    make: ({ central }) =>
      edited(central, namespace("istio-system"), ({ metadata }: Labelled) => {
        delete metadata.labels["topology.istio.io/network"];
      }),
    fails: ["network us-central1"],
    advice: /label namespace istio-system topology\.istio\.io\/network=us-central1/,
    typed: [`${CENTRAL} label namespace istio-system topology.istio.io/network=us-central1 --overwrite`],
    always: true,
  },
  {
    what: "two clusters with one network",
    make: ({ central }) =>
      edited(central, namespace("istio-system"), ({ metadata }: Labelled) => {
        metadata.labels["topology.istio.io/network"] = "us-east1";
      }),
    fails: ["network us-central1"],
    advice: /topology\.istio\.io\/network=us-central1 --overwrite/,
  },
  {
    what: "proxies that are told to ask another istiod",
    make: ({ central }) =>
      edited(
        central,
        { apiVersion: "v1", kind: "ConfigMap", namespace: "istio-system", name: `istio-${REVISION}` },
        ({ data }: { data: Record<string, string> }) => {
          data.mesh = data.mesh?.replaceAll(`istiod-${REVISION}.istio-system`, "istiod.istio-system") ?? "";
        },
      ),
    fails: ["injection us-central1"],
    advice: /delete configmap istio-1-23-6 istio-sidecar-injector-1-23-6/,
    typed: [`${CENTRAL} -n istio-system delete configmap istio-1-23-6 istio-sidecar-injector-1-23-6`],
  },
  {
    what: "a namespace that asks for a revision that is not installed",
    make: ({ central }) =>
      edited(central, namespace("verify"), ({ metadata }: Labelled) => {
        metadata.labels["istio.io/rev"] = "1-22-8";
      }),
    fails: ["revision-labels us-central1"],
    advice: /label namespace verify istio\.io\/rev=1-23-6 --overwrite; then .*-n verify rollout restart/,
    typed: [`${CENTRAL} label namespace verify istio.io/rev=1-23-6 --overwrite`],
  },
  {
    what: "an operator that is stopped",
    make: ({ central }) => stopped(central, "istio-operator", `istio-operator-${REVISION}`),
    fails: ["operator us-central1"],
    advice: /logs deployment\/istio-operator-1-23-6/,
    typed: [CENTRAL_UP],
  },
  {
    what: "an operator that has failed",
    make: ({ central }) =>
      edited(
        central,
        {
          apiVersion: "install.istio.io/v1alpha1",
          kind: "IstioOperator",
          namespace: "istio-system",
          name: `gateways-${REVISION}`,
        },
        (object: { status: object }) => {
          object.status = {
            status: "ERROR",
            componentStatus: { IngressGateways: { status: "ERROR", error: "no quota" } },
          };
        },
        "status",
      ),
    fails: ["istio-operators us-central1"],
    advice: /rollout restart deployment istio-operator-1-23-6/,
    typed: [`${CENTRAL} -n istio-operator rollout restart deployment istio-operator-1-23-6`],
  },
  {
    what: "a cluster without istiod",
    make: ({ central }) => stopped(central, "istio-system", `istiod-${REVISION}`),
    fails: ["istiod us-central1"],
    advice: /scale deployment istiod-1-23-6 --replicas 2/,
    typed: [`${CENTRAL} -n istio-system scale deployment istiod-1-23-6 --replicas 2`],
  },
  {
    what: "a Service of istiod that leads to no pod",
    make: ({ central }) =>
      edited(
        central,
        service("istio-system", `istiod-${REVISION}`),
        ({ spec }: { spec: { selector: Record<string, string> } }) => {
          spec.selector = { app: "none" };
        },
      ),
    fails: ["istiod us-central1"],
    advice: /delete service istiod-1-23-6/,
    typed: [`${CENTRAL} -n istio-system delete service istiod-${REVISION}`],
  },
  {
    what: "a Service of istiod that proxies cannot ask",
    make: ({ central }) =>
      edited(
        central,
        service("istio-system", `istiod-${REVISION}`),
        ({ spec }: { spec: { ports: { port: number }[] } }) => {
          spec.ports = spec.ports.filter(({ port }) => port !== 15012);
        },
      ),
    fails: ["istiod us-central1"],
    advice: /delete service istiod-1-23-6/,
    typed: [`${CENTRAL} -n istio-system delete service istiod-${REVISION}`],
  },
  {
    what: "a validating webhook that is gone",
    make: ({ central }) =>
      removed(central, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        name: "istiod-default-validator",
      }),
    fails: ["validation us-central1"],
    advice: /istiod-default-validator is gone: istioctl/,
    typed: [`istioctl --context us-central1 tag set default --revision ${REVISION} --overwrite -y`],
  },
  {
    what: "a webhook of others that nobody answers",
    make: ({ central }) =>
      added(central, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "agents" },
        webhooks: [
          {
            name: "pods.example.com",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            clientConfig: { service: { namespace: "agents", name: "agent", path: "/" } },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
          },
        ],
      }),
    fails: ["injection us-central1"],
    advice: /delete mutatingwebhookconfiguration agents/,
    typed: [`${CENTRAL} delete mutatingwebhookconfiguration agents`],
  },
  {
    what: "an istiod that no longer sees the namespaces",
    make: ({ central }) =>
      edited(
        central,
        { apiVersion: "v1", kind: "ConfigMap", namespace: "istio-system", name: `istio-${REVISION}` },
        ({ data }: { data: Record<string, string> }) => {
          data.mesh = `${data.mesh}\ndiscoverySelectors: [{ matchLabels: { team: shop } }]\n`;
        },
      ),
    fails: ["mesh-config us-central1"],
    advice: /delete configmap istio-1-23-6;/,
    typed: [`${CENTRAL} -n istio-system delete configmap istio-${REVISION}`],
  },
  {
    what: "proxies that refuse what they are sent",
    make: ({ central }) =>
      added(central, {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: "broken", namespace: "istio-gateways" },
        spec: {
          workloadSelector: { labels: { app: "istio-ingressgateway" } },
          configPatches: [
            {
              applyTo: "HTTP_FILTER",
              match: {
                context: "GATEWAY",
                listener: {
                  filterChain: { filter: { name: "envoy.filters.network.http_connection_manager" } },
                },
              },
              patch: {
                operation: "INSERT_BEFORE",
                value: {
                  name: "broken",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                    defaultSourceCode: { inlineString: "function envoy_on_request(" },
                  },
                },
              },
            },
          ],
        },
      }),
    fails: ["proxies us-central1"],
    advice: /get envoyfilters,gateways -A/,
    traffic: true,
    always: true,
  },
  {
    what: "a closed webhook port",
    make: async ({ central }) => {
      const mend = await edited(
        central,
        service("istio-system", `istiod-${REVISION}`),
        ({ spec }: { spec: { ports: { port: number; targetPort: number }[] } }) => {
          const port = spec.ports.find((one) => one.port === 443);
          if (port) {
            port.targetPort = 15018;
          }
        },
      );
      // The API server keeps connections that it has.
      const pods = await central.list("v1", "Pod", {
        namespace: "istio-system",
        labelSelector: "app=istiod",
      });
      await Promise.all(pods.map((pod) => central.delete(pod)));
      return mend;
    },
    fails: ["injection us-central1", "validation us-central1"],
    advice: /port 15017: firewall rule mesh-us-central1-webhook/,
  },
  {
    what: "a verify workload that is stopped",
    make: ({ central }) => stopped(central, "verify", "verify"),
    fails: ["verify-pods us-central1"],
    advice: /-n verify describe pods -l app=verify/,
  },
];
