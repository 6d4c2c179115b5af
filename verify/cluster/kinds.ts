/** Where the API server serves a kind: `/api/v1` or `/apis/<group>/<version>`, and the kind's plural. */
const PLURALS: Record<string, string> = {
  ConfigMap: "configmaps",
  EndpointSlice: "endpointslices",
  Event: "events",
  Namespace: "namespaces",
  Node: "nodes",
  Pod: "pods",
  Secret: "secrets",
  Service: "services",
  Deployment: "deployments",
  HorizontalPodAutoscaler: "horizontalpodautoscalers",
  PodDisruptionBudget: "poddisruptionbudgets",
  ClusterRole: "clusterroles",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
  IstioOperator: "istiooperators",
  Gateway: "gateways",
  PeerAuthentication: "peerauthentications",
  DestinationRule: "destinationrules",
  VirtualService: "virtualservices",
  MultiClusterIngress: "multiclusteringresses",
  MultiClusterService: "multiclusterservices",
  FrontendConfig: "frontendconfigs",
  BackendConfig: "backendconfigs",
  ServiceNetworkEndpointGroup: "servicenetworkendpointgroups",
  TokenReview: "tokenreviews",
  SelfSubjectRulesReview: "selfsubjectrulesreviews",
  APIService: "apiservices",
};

/** The path of a collection: of one namespace, or of all when there is none. @throws for a kind that no check asks for */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const plural = PLURALS[kind];
  if (!plural) {
    throw new Error(`${kind} is not among the kinds of verify/cluster/kinds.ts`);
  }
  const prefix = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace ? `${prefix}/namespaces/${namespace}/${plural}` : `${prefix}/${plural}`;
}
