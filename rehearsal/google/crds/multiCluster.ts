import { definition, intOrString, int64, list, object, string, stringMap } from "./definition";

/*
 * Google does not publish these: the fields are those of its pages and of objects that people have shown, for example
 * https://github.com/GoogleCloudPlatform/gke-networking-recipes/tree/main/ingress/multi-cluster/mci-asm-https-e2e.
 * There the controller's one entry in managedFields holds metadata and status at v1beta1: status is no subresource.
 */
const group = "networking.gke.io";

const backend = object({ serviceName: string, servicePort: intOrString, resource: object({}) });

const ingress = {
  spec: object({
    template: object({
      metadata: object({ labels: stringMap, annotations: stringMap }),
      spec: object({
        backend,
        rules: list(
          object({
            host: string,
            http: object(
              { paths: list(object({ path: string, pathType: string, backend }, "backend")) },
              "paths",
            ),
          }),
        ),
        tls: list(object({ hosts: list(string), secretName: string })),
      }),
    }),
  }),
  status: object({
    VIP: string,
    CloudResources: object({
      BackendServices: list(string),
      Firewalls: list(string),
      ForwardingRules: list(string),
      HealthChecks: list(string),
      NetworkEndpointGroups: list(string),
      SSLCertificates: list(string),
      TargetProxies: list(string),
      UrlMap: string,
    }),
  }),
};

export const multiClusterIngress = definition({
  group,
  kind: "MultiClusterIngress",
  plural: "multiclusteringresses",
  singular: "multiclusteringress",
  shortNames: ["mci"],
  versions: ["v1", "v1beta1"].map((name) => ({ name, ...ingress })),
});

const service = {
  spec: object({
    clusters: list(object({ link: string }, "link")),
    template: object({
      metadata: object({ labels: stringMap, annotations: stringMap }),
      spec: object({
        selector: stringMap,
        ports: list(
          object(
            { name: string, protocol: string, port: { ...int64, format: "int32" }, targetPort: intOrString },
            "port",
          ),
        ),
      }),
    }),
  }),
  status: object({}),
};

export const multiClusterService = definition({
  group,
  kind: "MultiClusterService",
  plural: "multiclusterservices",
  singular: "multiclusterservice",
  shortNames: ["mcs"],
  versions: ["v1", "v1beta1"].map((name) => ({ name, ...service })),
});
