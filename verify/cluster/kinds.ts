import type { KubernetesObject } from "../objects";

/** Where the API server serves a kind: `/api/v1` or `/apis/<group>/<version>`, and the kind's plural. */
const PLURALS = {
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
  AuthorizationPolicy: "authorizationpolicies",
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

/** A kind that checks ask for. */
export type Kind = keyof typeof PLURALS;

/** An object that a check makes. */
export type NewObject = KubernetesObject & { kind: Kind };

/** The path of a collection: of one namespace, or of all when there is none. */
export function collectionPath(apiVersion: string, kind: Kind, namespace?: string): string {
  const plural = PLURALS[kind];
  const prefix = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace ? `${prefix}/namespaces/${namespace}/${plural}` : `${prefix}/${plural}`;
}
