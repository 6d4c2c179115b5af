import type { Mesh } from "../config/schema";

/** The part of Istio's mesh configuration that this mesh sets; equal in every cluster. */
export function meshConfig({ trustDomain, tracing, telemetry, locality }: Mesh) {
  return {
    trustDomain,
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
    ...(locality.enabled && { localityLbSetting: { enabled: true } }),
  };
}
