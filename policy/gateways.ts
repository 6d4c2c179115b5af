import type { Subject } from "./rule";
import { at, listAt, objectAt } from "./values";

export const SERVICE = "kubernetes:core/v1:Service";
export const ISTIO_OPERATOR = "kubernetes:install.istio.io/v1alpha1:IstioOperator";
/** Istio's `gateway` chart. The objects of a Chart are judged one by one too; those of a Release are never seen. */
export const CHARTS = [
  "kubernetes:helm.sh/v3:Release",
  "kubernetes:helm.sh/v3:Chart",
  "kubernetes:helm.sh/v4:Chart",
];

/** All in which somebody can describe a gateway's Service. */
export const GATEWAY_TYPES = [SERVICE, ISTIO_OPERATOR, ...CHARTS];

const EAST_WEST_PORT = 15443;

/** The Service of an Istio gateway, wherever it is described. Every accessor reads at once, and may meet an unknown value. */
export interface Gateway {
  fields: { type: string; annotations: string; sourceRanges: string };
  isEastWest(): boolean;
  isIngress(): boolean;
  /** Kubernetes' word, with the default of whoever makes the Service. */
  serviceType(): unknown;
  annotations(): Record<string, unknown>;
  sourceRanges(): unknown[];
}

/** The gateways that a resource describes. */
export function gatewaysOf({ type, props }: Subject): Gateway[] {
  if (type === SERVICE) {
    return [ofService(props)];
  }
  if (type === ISTIO_OPERATOR) {
    return operatorGateways(props).map(({ field, value }) => ofOperator(field, value));
  }
  return isGatewayChart(props) ? [ofChart(props)] : [];
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

function ofService(props: unknown): Gateway {
  const roles = () => [objectAt(props, "metadata", "labels"), objectAt(props, "spec", "selector")];
  return {
    fields: {
      type: "spec.type",
      annotations: "metadata.annotations",
      sourceRanges: "spec.loadBalancerSourceRanges",
    },
    isEastWest: () => roles().some(labelsEastWest) || opensEastWestPort(listAt(props, "spec", "ports")),
    isIngress: () => roles().some(labelsIngress),
    serviceType: () => at(props, "spec", "type") ?? "ClusterIP",
    annotations: () => objectAt(props, "metadata", "annotations"),
    sourceRanges: () => listAt(props, "spec", "loadBalancerSourceRanges"),
  };
}

function ofOperator(field: string, value: unknown): Gateway {
  const labels = () => objectAt(value, "label");
  const isEastWest = () =>
    labelsEastWest(labels()) || opensEastWestPort(listAt(value, "k8s", "service", "ports"));
  return {
    fields: {
      type: `${field}.k8s.service.type`,
      annotations: `${field}.k8s.serviceAnnotations`,
      sourceRanges: `${field}.k8s.service.loadBalancerSourceRanges`,
    },
    isEastWest,
    // The list's gateways are ingress gateways by default, whatever they are called.
    isIngress: () => labelsIngress(labels()) || (!isEastWest() && at(labels(), "istio") === undefined),
    serviceType: () => at(value, "k8s", "service", "type") ?? "LoadBalancer",
    annotations: () => objectAt(value, "k8s", "serviceAnnotations"),
    sourceRanges: () => listAt(value, "k8s", "service", "loadBalancerSourceRanges"),
  };
}

function ofChart(props: unknown): Gateway {
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
      sourceRanges: "values.service.loadBalancerSourceRanges",
    },
    isEastWest: () =>
      labelsEastWest(labels()) || opensEastWestPort(ports()) || Boolean(at(values(), "networkGateway")),
    isIngress: () => labelsIngress(labels()),
    serviceType: () => at(values(), "service", "type") ?? "LoadBalancer",
    annotations: () => objectAt(values(), "service", "annotations"),
    sourceRanges: () => listAt(values(), "service", "loadBalancerSourceRanges"),
  };
}

/** A chart that is called `gateway`, by its name in a repository, an OCI address or a file's name. */
function isGatewayChart(props: unknown): boolean {
  const chart = at(props, "chart");
  return typeof chart === "string" && /(^|\/)gateway(-[\d.]+\.tgz)?$/.test(chart);
}

function labelsEastWest(labels: Record<string, unknown>): boolean {
  return labels.istio === "eastwestgateway" || labels.app === "istio-eastwestgateway";
}

function labelsIngress(labels: Record<string, unknown>): boolean {
  return labels.istio === "ingressgateway" || labels.app === "istio-ingressgateway";
}

function opensEastWestPort(ports: unknown[]): boolean {
  return ports.some((port) => Number(at(port, "port")) === EAST_WEST_PORT);
}
