import { z } from "zod";

// The fields of IstioOperator that this program sets, and no others: istio/api `operator/v1alpha1` and the values of the charts
// in istio/istio `manifests/charts`, both at 1.23. The kind's own schema is open, and one misspelt field in one resource stops the
// operator for all of them, while their status still says HEALTHY.

const labels = z.record(z.string(), z.string());

const port = z.strictObject({
  name: z.string(),
  protocol: z.literal("TCP").optional(),
  port: z.int(),
  targetPort: z.int(),
});

const quantities = z.record(z.enum(["cpu", "memory"]), z.string());

const overlay = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("Deployment"),
  name: z.string(),
  patches: z.array(z.strictObject({ path: z.string(), value: z.int() })),
});

const kubernetes = z.strictObject({
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  serviceAnnotations: labels.optional(),
  service: z
    .strictObject({
      type: z.enum(["ClusterIP", "LoadBalancer"]),
      ports: z.array(port),
      loadBalancerSourceRanges: z.array(z.string()).optional(),
      externalTrafficPolicy: z.enum(["Cluster", "Local"]).optional(),
    })
    .optional(),
  hpaSpec: z.strictObject({
    minReplicas: z.int(),
    maxReplicas: z.int(),
    metrics: z.array(
      z.strictObject({
        type: z.literal("Resource"),
        resource: z.strictObject({
          name: z.string(),
          target: z.strictObject({ type: z.literal("Utilization"), averageUtilization: z.int() }),
        }),
      }),
    ),
  }),
  podDisruptionBudget: z.strictObject({ minAvailable: z.int() }),
  resources: z.strictObject({
    requests: quantities,
    limits: z.partialRecord(z.enum(["cpu", "memory"]), z.string()).optional(),
  }),
  nodeSelector: labels,
  tolerations: z.array(
    z.strictObject({
      key: z.string(),
      operator: z.literal("Equal"),
      value: z.string(),
      effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    }),
  ),
  affinity: z.strictObject({
    podAntiAffinity: z.strictObject({
      preferredDuringSchedulingIgnoredDuringExecution: z.array(
        z.strictObject({
          weight: z.int(),
          podAffinityTerm: z.strictObject({
            topologyKey: z.string(),
            labelSelector: z.strictObject({ matchLabels: labels }),
          }),
        }),
      ),
    }),
  }),
  overlays: z.array(overlay).optional(),
});

const gateway = z.union([
  z.strictObject({ name: z.string(), enabled: z.literal(false) }),
  z.strictObject({
    name: z.string(),
    namespace: z.string(),
    enabled: z.literal(true),
    label: labels,
    k8s: kubernetes,
  }),
]);

const istioOperator = z.strictObject({
  apiVersion: z.literal("install.istio.io/v1alpha1"),
  kind: z.literal("IstioOperator"),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    profile: z.enum(["default", "empty"]),
    revision: z.string(),
    hub: z.string(),
    tag: z.string(),
    meshConfig: z
      .strictObject({
        trustDomain: z.string(),
        connectTimeout: z.string(),
        enableTracing: z.boolean().optional(),
        defaultConfig: z
          .strictObject({
            tracing: z.strictObject({
              sampling: z.number(),
              zipkin: z.strictObject({ address: z.string() }),
            }),
          })
          .optional(),
        extensionProviders: z
          .array(z.strictObject({ name: z.string(), stackdriver: z.strictObject({ maxTagLength: z.int() }) }))
          .optional(),
        localityLbSetting: z.strictObject({ enabled: z.boolean() }),
      })
      .optional(),
    components: z.strictObject({
      pilot: z.strictObject({ k8s: kubernetes }).optional(),
      ingressGateways: z.array(gateway),
    }),
    values: z.strictObject({
      global: z.strictObject({
        meshID: z.string(),
        multiCluster: z.strictObject({ clusterName: z.string() }),
        network: z.string(),
      }),
      gateways: z
        .strictObject({
          "istio-ingressgateway": z.strictObject({ injectionTemplate: z.literal("gateway") }),
        })
        .optional(),
    }),
  }),
});

/**
 * Lets an IstioOperator resource pass as it is.
 *
 * @throws when it has a field that is not known, or a value of another type, with the path of each.
 */
export function checkIstioOperator<T>(resource: T): T {
  const result = istioOperator.safeParse(resource);
  if (!result.success) {
    throw new Error(`IstioOperator resource is not valid:\n${z.prettifyError(result.error)}`);
  }
  return resource;
}
