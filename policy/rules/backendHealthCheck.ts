import { GATEWAY_NAMESPACES } from "../read/gateways";
import { namespaceOf } from "../read/pairing";
import { resourceRule } from "../rule";
import { at, objectAt, put, show } from "../read/values";
import { MULTI_CLUSTER_SERVICES } from "./multiClusterService";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const HEALTH_CHECK = { type: "HTTP", port: 15021, requestPath: "/healthz/ready" };

/** https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#associating_backendconfig_with_your_ingress */
const ANNOTATION = "cloud.google.com/backend-config";

interface Config {
  names: string[];
  namespaces: string[];
}

export const backendHealthCheck = resourceRule<Config>({
  name: "backend-health-check",
  displayName: "The load balancer asks the gateway's own health endpoint",
  severity: "high",
  tags: ["edge", "availability"],
  description:
    "In a namespace of gateways a MultiClusterService names a BackendConfig, and a BackendConfig checks health on 15021 /healthz/ready, where a gateway says that it is ready.",
  remediationSteps:
    "Write spec.healthCheck: {type: HTTP, port: 15021, requestPath: /healthz/ready}, and annotate the MultiClusterService with " +
    `${ANNOTATION}: '{"default": NAME}'.`,
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration#direct_health",
  configSchema: {
    properties: {
      names: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: "Names of the BackendConfigs of gateways; empty: all in their namespaces.",
      },
      namespaces: GATEWAY_NAMESPACES,
    },
  },
  types: [
    "kubernetes:cloud.google.com/v1:BackendConfig",
    "kubernetes:cloud.google.com/v1beta1:BackendConfig",
    ...MULTI_CLUSTER_SERVICES,
  ],
  inspect({ type, props }, expect, { names, namespaces }) {
    if (!namespaces.includes(namespaceOf(props))) {
      return;
    }
    if (MULTI_CLUSTER_SERVICES.includes(type)) {
      expect(`metadata.annotations["${ANNOTATION}"]`, () => {
        const value = at(props, "metadata", "annotations", ANNOTATION);
        return namesConfig(value)
          ? undefined
          : `is ${show(value)}: Google's own health check asks for / on the gateway; write {"default": NAME}`;
      });
      return;
    }
    if (names.length > 0 && !names.includes(String(at(props, "metadata", "name")))) {
      return;
    }
    for (const [key, wanted] of Object.entries(HEALTH_CHECK)) {
      expect(`spec.healthCheck.${key}`, () => {
        const value = at(props, "spec", "healthCheck", key);
        return value === wanted ? undefined : `is ${show(value)}: write ${wanted}`;
      });
    }
  },
  // Of those named as gateways' alone: pods of others have another health endpoint.
  mend({ type, props }, { names, namespaces }) {
    if (
      MULTI_CLUSTER_SERVICES.includes(type) ||
      !namespaces.includes(namespaceOf(props)) ||
      !names.includes(String(at(props, "metadata", "name")))
    ) {
      return false;
    }
    const changed = Object.entries(HEALTH_CHECK).map(([key, wanted]) =>
      put(props, wanted, "spec", "healthCheck", key),
    );
    return changed.includes(true);
  },
});

/** `{"default": "edge"}`, or one for a port: `{"ports": {"443": "edge"}}`. */
function namesConfig(annotation: unknown): boolean {
  try {
    const value: unknown = typeof annotation === "string" ? JSON.parse(annotation) : undefined;
    const named = [at(value, "default"), ...Object.values(objectAt(value, "ports"))];
    return named.some((name) => typeof name === "string" && name !== "");
  } catch {
    return false;
  }
}
