import { GATEWAY_NAMESPACES } from "../read/gateways";
import { namespaceOf } from "../read/pairing";
import { resourceRule } from "../rule";
import { at, put, show } from "../read/values";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const HEALTH_CHECK = { type: "HTTP", port: 15021, requestPath: "/healthz/ready" };

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
    "A BackendConfig in a namespace of gateways checks health on 15021 /healthz/ready, where a gateway says that it is ready.",
  remediationSteps: "Write spec.healthCheck: {type: HTTP, port: 15021, requestPath: /healthz/ready}.",
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
  ],
  inspect({ props }, expect, { names, namespaces }) {
    if (!namespaces.includes(namespaceOf(props))) {
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
  mend({ props }, { names, namespaces }) {
    if (!namespaces.includes(namespaceOf(props)) || !names.includes(String(at(props, "metadata", "name")))) {
      return false;
    }
    const changed = Object.entries(HEALTH_CHECK).map(([key, wanted]) =>
      put(props, wanted, "spec", "healthCheck", key),
    );
    return changed.includes(true);
  },
});
