import { GATEWAY_NAMESPACES } from "../read/gateways";
import { namespaceOf } from "../read/pairing";
import { resourceRule } from "../rule";
import { at, listAt, objectAt, show } from "../read/values";

export const MULTI_CLUSTER_SERVICES = [
  "kubernetes:networking.gke.io/v1:MultiClusterService",
  "kubernetes:networking.gke.io/v1beta1:MultiClusterService",
];

interface Config {
  labels: Record<string, unknown>;
  namespaces: string[];
}

export const multiClusterService = resourceRule<Config>({
  name: "multi-cluster-service-backends",
  displayName: "The global load balancer's backends are ingress gateways",
  severity: "high",
  tags: ["edge"],
  description:
    "A MultiClusterService in a namespace of gateways selects the ingress gateway, and names clusters by location and name, if it names any.",
  remediationSteps:
    "Write spec.template.spec.selector: {app: istio-ingressgateway, istio: ingressgateway}. Write a link as LOCATION/CLUSTER, " +
    "or leave spec.clusters out: then all members of the fleet are backends.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#cluster_selection",
  configSchema: {
    properties: {
      labels: {
        type: "object",
        default: { app: "istio-ingressgateway", istio: "ingressgateway" },
        description:
          "Labels of the ingress gateway's pods: a selector names one or more, and none with another value.",
      },
      namespaces: GATEWAY_NAMESPACES,
    },
  },
  types: MULTI_CLUSTER_SERVICES,
  inspect({ props }, expect, { labels, namespaces }) {
    if (!namespaces.includes(namespaceOf(props))) {
      return;
    }
    expect("spec.template.spec.selector", () => {
      const selector = objectAt(props, "spec", "template", "spec", "selector");
      const named = Object.keys(labels).filter((key) => selector[key] !== undefined);
      const wrong = named.find((key) => selector[key] !== labels[key]);
      if (wrong !== undefined) {
        return `has ${wrong} ${show(selector[wrong])}: other pods than the ingress gateway's; write ${show(labels[wrong])}`;
      }
      return named.length > 0
        ? undefined
        : `is ${show(selector)}: other pods than the ingress gateway's; write ${show(labels)}`;
    });
    expect("spec.clusters", () =>
      listAt(props, "spec", "clusters").forEach((entry, index) =>
        expect(`spec.clusters[${index}].link`, () => {
          const link = at(entry, "link");
          return typeof link === "string" && LINK.test(link)
            ? undefined
            : `is ${show(link)}: write LOCATION/CLUSTER, such as us-east1/my-cluster`;
        }),
      ),
    );
  },
});

/** A region or a zone, and a cluster's name. */
const LINK = /^[a-z]+-[a-z]+\d+(-[a-z])?\/[a-z]([-a-z0-9]*[a-z0-9])?$/;
