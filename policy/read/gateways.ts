import { CHARTS, isGatewayChart } from "./charts";
import { tooWide } from "./cidr";
import { namespaceOf, textOr } from "./pairing";
import type { Props, Subject } from "../rule";
import { at, listAt, objectAt, put } from "./values";

export const SERVICE = "kubernetes:core/v1:Service";
export const ISTIO_OPERATOR = "kubernetes:install.istio.io/v1alpha1:IstioOperator";

/** All in which somebody can describe a gateway's Service. */
export const GATEWAY_TYPES = [SERVICE, ISTIO_OPERATOR, ...CHARTS];

export const EAST_WEST_PORT = 15443;

/** Where Istio's gateways are: what stands beside them, the load balancer's own objects, stands there too. */
export const GATEWAY_NAMESPACES = {
  type: "array",
  items: { type: "string" },
  default: ["istio-gateways", "istio-system"],
  description: "Namespaces of gateways; what stands in others is not judged.",
} as const;

/** What makes GKE's load balancer an internal one; the second is the older key. */
export const LOAD_BALANCER_TYPE_KEYS = [
  "networking.gke.io/load-balancer-type",
  "cloud.google.com/load-balancer-type",
] as const;

/** Google's newer word for it, from GKE 1.33 on: https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters */
export const INTERNAL_CLASS = "networking.gke.io/l4-regional-internal";

/** The Service of an Istio gateway, wherever it is described. Every accessor reads at once, and may meet an unknown value. */
export interface Gateway {
  fields: { type: string; annotations: string; loadBalancerClass: string; sourceRanges: string };
  isEastWest(): boolean;
  isIngress(): boolean;
  /** Kubernetes' word, with the default of whoever makes the Service. */
  serviceType(): unknown;
  annotations(): Record<string, unknown>;
  loadBalancerClass(): unknown;
  sourceRanges(): unknown[];
  namespace(): string;
  /** Labels that its pods have for sure; they may have more. */
  podLabels(): Props;
  /** Writes an annotation; returns whether it was another one before. */
  annotate(key: string, value: string): boolean;
}

/** The value of the annotation that makes a load balancer internal, by whichever key. */
export function loadBalancerType(gateway: Gateway): unknown {
  const annotations = gateway.annotations();
  return LOAD_BALANCER_TYPE_KEYS.map((key) => annotations[key]).find((found) => found !== undefined);
}

/** Whether the gateway's load balancer, if it has one, has no public address. A class goes before the annotation. */
export function isInternal(gateway: Gateway): boolean {
  const balancerClass = gateway.loadBalancerClass();
  if (balancerClass !== undefined) {
    return balancerClass === INTERNAL_CLASS;
  }
  const type = loadBalancerType(gateway);
  return typeof type === "string" && type.toLowerCase() === "internal";
}

/** What is wrong with whom the load balancer admits. */
export function sourceRangesProblem(gateway: Gateway, minPrefixLength: number): string | undefined {
  const ranges = gateway.sourceRanges();
  if (ranges.length === 0) {
    return "is missing: GKE's firewall rule admits the world; list the ranges of the mesh";
  }
  const wide = tooWide(ranges, minPrefixLength);
  return wide && `has ${wide}, wider than /${minPrefixLength}: list the ranges of the mesh`;
}

/** The gateways that a resource describes. */
export function gatewaysOf({ type, props }: Subject): Gateway[] {
  if (type === SERVICE) {
    return [ofService(props)];
  }
  if (type === ISTIO_OPERATOR) {
    return [
      ...operatorGateways(props).map(({ field, value }) => ofOperator(field, value, props)),
      ...operatorGateways(props, ["egressGateways"]).map(({ field, value }) => ofEgress(field, value, props)),
    ];
  }
  return CHARTS.includes(type) && isGatewayChart(props) ? [ofChart(props)] : [];
}

/** Entries of an IstioOperator's gateway list that are not switched off. */
export function operatorGateways(props: unknown, kinds = ["ingressGateways"]) {
  return kinds.flatMap((kind) =>
    listAt(props, "spec", "components", kind).flatMap((value, index) =>
      at(value, "enabled") === false ? [] : [{ field: `spec.components.${kind}[${index}]`, value }],
    ),
  );
}

/** Profiles that install an ingress gateway unless its entry says otherwise: https://istio.io/latest/docs/setup/additional-setup/config-profiles/ */
const PROFILES_WITH_GATEWAY = ["default", "demo", "preview"];

/** Whether an IstioOperator gets its profile's ingress gateway, which nothing in it describes. */
export function bringsProfileGateway(props: unknown): boolean {
  const described = listAt(props, "spec", "components", "ingressGateways").some(
    (gateway) => (at(gateway, "name") ?? PROFILE_GATEWAY) === PROFILE_GATEWAY,
  );
  const profile = at(props, "spec", "profile") ?? "default";
  return PROFILES_WITH_GATEWAY.some((name) => name === profile) && !described;
}

const PROFILE_GATEWAY = "istio-ingressgateway";

function ofService(props: Props): Gateway {
  const roles = () => [objectAt(props, "metadata", "labels"), objectAt(props, "spec", "selector")];
  return {
    fields: {
      type: "spec.type",
      annotations: "metadata.annotations",
      loadBalancerClass: "spec.loadBalancerClass",
      sourceRanges: "spec.loadBalancerSourceRanges",
    },
    isEastWest: () => roles().some(labelsEastWest) || opensEastWestPort(listAt(props, "spec", "ports")),
    isIngress: () => roles().some(labelsIngress),
    serviceType: () => at(props, "spec", "type") ?? "ClusterIP",
    annotations: () => objectAt(props, "metadata", "annotations"),
    loadBalancerClass: () => at(props, "spec", "loadBalancerClass"),
    sourceRanges: () => listAt(props, "spec", "loadBalancerSourceRanges"),
    namespace: () => namespaceOf(props),
    podLabels: () => objectAt(props, "spec", "selector"),
    annotate: (key, text) => put(props, text, "metadata", "annotations", key),
  };
}

function ofOperator(field: string, value: unknown, props: unknown): Gateway {
  const labels = () => objectAt(value, "label");
  const isEastWest = () =>
    labelsEastWest(labels()) || opensEastWestPort(listAt(value, "k8s", "service", "ports"));
  return {
    fields: {
      type: `${field}.k8s.service.type`,
      annotations: `${field}.k8s.serviceAnnotations`,
      loadBalancerClass: `${field}.k8s.service.loadBalancerClass`,
      sourceRanges: `${field}.k8s.service.loadBalancerSourceRanges`,
    },
    isEastWest,
    // The list's gateways are ingress gateways by default, whatever they are called.
    isIngress: () => labelsIngress(labels()) || (!isEastWest() && at(labels(), "istio") === undefined),
    serviceType: () => at(value, "k8s", "service", "type") ?? "LoadBalancer",
    annotations: () => objectAt(value, "k8s", "serviceAnnotations"),
    loadBalancerClass: () => at(value, "k8s", "service", "loadBalancerClass"),
    sourceRanges: () => listAt(value, "k8s", "service", "loadBalancerSourceRanges"),
    namespace: () =>
      textOr(
        at(value, "namespace") ?? at(props, "spec", "values", "global", "istioNamespace"),
        "istio-system",
      ),
    // The labels of the entry are laid over those of the chart behind it.
    podLabels: () => ({ app: PROFILE_GATEWAY, istio: "ingressgateway", ...labels() }),
    annotate: (key, text) => put(value as Props, text, "k8s", "serviceAnnotations", key),
  };
}

/** An entry of the other list, with the defaults of the chart behind that one: no load balancer, and no ingress. */
function ofEgress(field: string, value: unknown, props: unknown): Gateway {
  const labels = () => objectAt(value, "label");
  return {
    ...ofOperator(field, value, props),
    isIngress: () => labelsIngress(labels()),
    serviceType: () => at(value, "k8s", "service", "type") ?? "ClusterIP",
    podLabels: () => ({ app: "istio-egressgateway", istio: "egressgateway", ...labels() }),
  };
}

function ofChart(props: Props): Gateway {
  const values = () => objectAt(props, "values");
  const labels = () => {
    const release = at(values(), "name") ?? at(props, "name") ?? at(props, "releaseName");
    const name = typeof release === "string" ? release : "";
    // The chart's own default: the release's name without its prefix.
    return { app: name, istio: name.replace(/^istio-/, ""), ...objectAt(values(), "labels") };
  };
  const ports = () => listAt(values(), "service", "ports");
  return {
    fields: {
      type: "values.service.type",
      annotations: "values.service.annotations",
      loadBalancerClass: "values.service.loadBalancerClass",
      sourceRanges: "values.service.loadBalancerSourceRanges",
    },
    isEastWest: () =>
      labelsEastWest(labels()) || opensEastWestPort(ports()) || Boolean(at(values(), "networkGateway")),
    isIngress: () => labelsIngress(labels()),
    serviceType: () => at(values(), "service", "type") ?? "LoadBalancer",
    annotations: () => objectAt(values(), "service", "annotations"),
    loadBalancerClass: () => at(values(), "service", "loadBalancerClass"),
    sourceRanges: () => listAt(values(), "service", "loadBalancerSourceRanges"),
    namespace: () => textOr(at(props, "namespace"), "default"),
    podLabels: labels,
    annotate: (key, text) => put(props, text, "values", "service", "annotations", key),
  };
}

/** By these labels of a Service istiod knows the gateway of a network, and the port that it takes for 15443. */
const NETWORK_GATEWAY_LABELS = ["topology.istio.io/network", "networking.istio.io/gatewayPort"];

function labelsEastWest(labels: Record<string, unknown>): boolean {
  if (NETWORK_GATEWAY_LABELS.some((key) => labels[key] !== undefined)) {
    return true;
  }
  return labels.istio === "eastwestgateway" || labels.app === "istio-eastwestgateway";
}

function labelsIngress(labels: Record<string, unknown>): boolean {
  return labels.istio === "ingressgateway" || labels.app === "istio-ingressgateway";
}

/** By the Service's port or the pods': whichever number the load balancer has, it leads to the same listener. */
function opensEastWestPort(ports: unknown[]): boolean {
  return ports.some((port) => ["port", "targetPort"].some((key) => Number(at(port, key)) === EAST_WEST_PORT));
}
