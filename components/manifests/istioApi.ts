// Versions that every Istio from 1.14 to 1.23 serves; the `v1` of each is younger.
export const ISTIO_NETWORKING = "networking.istio.io/v1beta1";
export const ISTIO_TELEMETRY = "telemetry.istio.io/v1alpha1";
export const ISTIO_SECURITY = "security.istio.io/v1beta1";
