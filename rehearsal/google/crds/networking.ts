import { boolean, dateTime, definition, int64, list, object, string } from "./definition";

const group = "networking.gke.io";

// Fields: https://github.com/kubernetes/ingress-gce/blob/master/pkg/apis/frontendconfig/v1beta1/types.go
export const frontendConfig = definition({
  group,
  kind: "FrontendConfig",
  plural: "frontendconfigs",
  singular: "frontendconfig",
  versions: [
    {
      name: "v1beta1",
      spec: object({
        sslPolicy: string,
        redirectToHttps: object({ enabled: boolean, responseCodeName: string }, "enabled"),
      }),
      status: object({}),
    },
  ],
});

// Fields: https://github.com/kubernetes/ingress-gce/blob/master/pkg/apis/svcneg/v1beta1/types.go
export const serviceNetworkEndpointGroup = definition({
  group,
  kind: "ServiceNetworkEndpointGroup",
  plural: "servicenetworkendpointgroups",
  singular: "servicenetworkendpointgroup",
  shortNames: ["svcneg"],
  versions: [
    {
      name: "v1beta1",
      spec: object({}),
      status: object({
        networkEndpointGroups: list(
          object(
            { id: string, selfLink: string, subnetURL: string, networkEndpointType: string, state: string },
            "id",
          ),
          { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"] },
        ),
        conditions: list(
          object(
            {
              type: string,
              status: string,
              observedGeneration: int64,
              lastTransitionTime: dateTime,
              reason: string,
              message: string,
            },
            "type",
            "status",
            "lastTransitionTime",
            "reason",
            "message",
          ),
          { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
        ),
        lastSyncTime: dateTime,
      }),
    },
  ],
  statusSubresource: true,
});

const managed = {
  spec: object({ domains: list({ ...string, maxLength: 63 }, { maxItems: 100 }) }),
  status: object({
    certificateName: string,
    certificateStatus: string,
    domainStatus: list(object({ domain: string, status: string }, "domain", "status")),
    expireTime: dateTime,
  }),
};

// Fields: https://github.com/GoogleCloudPlatform/gke-managed-certs/blob/master/deploy/managedcertificates-crd.yaml
export const managedCertificate = definition({
  group,
  kind: "ManagedCertificate",
  plural: "managedcertificates",
  singular: "managedcertificate",
  shortNames: ["mcrt"],
  versions: ["v1", "v1beta2", "v1beta1"].map((name) => ({ name, ...managed })),
});
