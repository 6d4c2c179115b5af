import { boolean, definition, int64, list, number, object, string } from "./definition";

// Fields: https://github.com/kubernetes/ingress-gce/blob/master/pkg/apis/backendconfig/v1/types.go
const spec = object({
  iap: object(
    {
      enabled: boolean,
      oauthclientCredentials: object(
        { secretName: string, clientID: string, clientSecret: string },
        "secretName",
      ),
    },
    "enabled",
  ),
  cdn: object(
    {
      enabled: boolean,
      bypassCacheOnRequestHeaders: list(object({ headerName: string })),
      cacheMode: string,
      cachePolicy: object({
        includeHost: boolean,
        includeProtocol: boolean,
        includeQueryString: boolean,
        queryStringBlacklist: list(string),
        queryStringWhitelist: list(string),
      }),
      clientTtl: int64,
      defaultTtl: int64,
      maxTtl: int64,
      negativeCaching: boolean,
      negativeCachingPolicy: list(object({ code: int64, ttl: int64 })),
      requestCoalescing: boolean,
      serveWhileStale: int64,
      signedUrlCacheMaxAgeSec: int64,
      signedUrlKeys: list(object({ keyName: string, keyValue: string, secretName: string })),
    },
    "enabled",
  ),
  securityPolicy: object({ name: string }, "name"),
  timeoutSec: int64,
  connectionDraining: object({ drainingTimeoutSec: int64 }),
  sessionAffinity: object({ affinityType: string, affinityCookieTtlSec: int64 }),
  customRequestHeaders: object({ headers: list(string) }),
  customResponseHeaders: object({ headers: list(string) }),
  healthCheck: object({
    checkIntervalSec: int64,
    timeoutSec: int64,
    healthyThreshold: int64,
    unhealthyThreshold: int64,
    type: string,
    port: int64,
    requestPath: string,
  }),
  logging: object({ enable: boolean, sampleRate: number }),
});

export const backendConfig = definition({
  group: "cloud.google.com",
  kind: "BackendConfig",
  plural: "backendconfigs",
  singular: "backendconfig",
  shortNames: ["bc"],
  versions: [
    { name: "v1", spec, status: object({}) },
    { name: "v1beta1", spec, status: object({}) },
  ],
});
