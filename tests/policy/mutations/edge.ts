import { isIPv4 } from "node:net";
import type { Protected, Props } from "./index";
import { filled, named } from "./demands";
import { read } from "./paths";

const INGRESS = { types: ["kubernetes:networking.gke.io/v1:MultiClusterIngress"] };
const FRONTEND = { types: ["kubernetes:networking.gke.io/v1beta1:FrontendConfig"] };
const BACKEND = { types: ["kubernetes:cloud.google.com/v1:BackendConfig"] };

const SERVICE = {
  types: ["kubernetes:networking.gke.io/v1:MultiClusterService"],
  rule: "multi-cluster-service-backends",
};
const SELECTOR = "spec.template.spec.selector";

/** The ingress gateway's pods, by either of their labels or both. */
function selectsGateway(_: unknown, props: Props): boolean {
  const { app, istio } = (read(props, SELECTOR.split(".")) ?? {}) as Props;
  const right = [app === "istio-ingressgateway", istio === "ingressgateway"];
  return (
    right.includes(true) &&
    (app === undefined || right[0] === true) &&
    (istio === undefined || right[1] === true)
  );
}

export const edgeFields: Protected[] = [
  {
    ...INGRESS,
    rule: "ingress-static-address",
    path: `metadata.annotations["networking.gke.io/static-ip"]`,
    must: (value) => typeof value === "string" && isIPv4(value),
    // What the other kind of ingress takes.
    tries: ["mesh-edge"],
  },
  { ...INGRESS, rule: "ingress-tls", path: "spec.template.spec.tls", must: filled },
  { ...INGRESS, rule: "ingress-tls", path: "spec.template.spec.tls[*].secretName", must: named(/./) },
  {
    ...INGRESS,
    rule: "frontend-https-redirect",
    path: `metadata.annotations["networking.gke.io/frontend-config"]`,
    must: named(/./),
  },
  {
    types: SERVICE.types,
    rule: "backend-health-check",
    path: `metadata.annotations["cloud.google.com/backend-config"]`,
    must: named(/^\{"default":"[a-z]/),
    tries: ["{}", '{"default":""}'],
  },
  { ...FRONTEND, rule: "frontend-https-redirect", path: "spec.redirectToHttps", must: filled },
  {
    ...FRONTEND,
    rule: "frontend-https-redirect",
    path: "spec.redirectToHttps.enabled",
    must: (value) => value === true,
  },
  { ...BACKEND, rule: "backend-health-check", path: "spec.healthCheck", must: filled },
  ...Object.entries({ type: "HTTP", port: 15021, requestPath: "/healthz/ready" }).map(
    ([key, wanted]): Protected => ({
      ...BACKEND,
      rule: "backend-health-check",
      path: `spec.healthCheck.${key}`,
      must: (value) => value === wanted,
      tries: key === "type" ? ["HTTPS", "HTTP2"] : [],
    }),
  ),

  { ...SERVICE, path: SELECTOR, must: filled },
  { ...SERVICE, path: `${SELECTOR}[*]`, must: selectsGateway, tries: ["istio-eastwestgateway"] },
  {
    ...SERVICE,
    path: "spec.clusters",
    must: (value) => value === undefined || /"us-east1\/us-east1"/.test(JSON.stringify(value)),
    oneOf: [[{ link: "us-east1/us-east1" }], [{ link: "us-east1" }], [{ link: "" }], [{}]],
  },
  {
    ...SERVICE,
    rule: "multi-cluster-service-clusters",
    config: { clusters: ["us-central1/us-central1"] },
    path: "spec.clusters",
    must: (value) => !JSON.stringify(value).includes("another"),
    oneOf: ["us-east1/us-east1", "us-central1/us-central1", "us-east1/another"].map((link) => [{ link }]),
    // The config cluster's stack alone has the service and knows its cluster.
    where: ({ name }) => name?.includes("us-east1") === true,
  },
];
