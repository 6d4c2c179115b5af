import type { Mesh } from "../config/schema";

/** The part of Istio's mesh configuration that this mesh sets; equal in every cluster. */
export function meshConfig({ trustDomain, tracing, telemetry, locality, connectTimeout }: Mesh) {
  return {
    trustDomain,
    connectTimeout,
    ...(tracing && {
      enableTracing: true,
      defaultConfig: {
        tracing: { sampling: tracing.sampling, zipkin: { address: tracing.zipkinAddress } },
      },
    }),
    ...(telemetry.stackdriver && {
      extensionProviders: [
        { name: "stackdriver", stackdriver: { maxTagLength: telemetry.stackdriver.maxTagLength } },
      ],
    }),
    // Written out: Istio's default is on, wherever endpoints may be taken out (istio/api, mesh/v1alpha1/config.proto).
    localityLbSetting: { enabled: locality.enabled },
  };
}
