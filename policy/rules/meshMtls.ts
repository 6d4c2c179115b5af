import { resourceRule } from "../rule";
import { at, objectAt, unless } from "../read/values";

const PEER_AUTHENTICATIONS = [
  "kubernetes:security.istio.io/v1:PeerAuthentication",
  "kubernetes:security.istio.io/v1beta1:PeerAuthentication",
];
const DESTINATION_RULES = [
  "kubernetes:networking.istio.io/v1:DestinationRule",
  "kubernetes:networking.istio.io/v1beta1:DestinationRule",
  "kubernetes:networking.istio.io/v1alpha3:DestinationRule",
];
/** Hosts that are every service of the mesh. */
const EVERY_SERVICE = ["*", "*.local", "*.cluster.local", "*.svc.cluster.local"];

interface Config {
  rootNamespace: string;
}

export const meshMtls = resourceRule<Config>({
  name: "mesh-mtls",
  displayName: "Mutual TLS is not switched off for the whole mesh",
  severity: "high",
  tags: ["istio", "tls"],
  description:
    "A PeerAuthentication of the whole mesh is STRICT, and no DestinationRule for every service of it sends plain text.",
  remediationSteps:
    "Write spec.mtls.mode: STRICT, and leave trafficPolicy.tls out. Where workloads without a sidecar call into the mesh, first " +
    "give their servers a PeerAuthentication of their own.",
  url: "https://istio.io/latest/docs/tasks/security/authentication/mtls-migration/",
  // A migration goes through PERMISSIVE. No remediation: STRICT cuts off whoever still sends plain text.
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      rootNamespace: {
        type: "string",
        default: "istio-system",
        description: "The namespace whose settings hold for the whole mesh.",
      },
    },
  },
  types: [...PEER_AUTHENTICATIONS, ...DESTINATION_RULES],
  inspect({ type, props }, expect, { rootNamespace }) {
    const isMeshWide = () => at(props, "metadata", "namespace") === rootNamespace;
    if (PEER_AUTHENTICATIONS.includes(type)) {
      expect("spec.mtls.mode", () => {
        if (!isMeshWide() || Object.keys(objectAt(props, "spec", "selector", "matchLabels")).length > 0) {
          return undefined;
        }
        const mode = at(props, "spec", "mtls", "mode");
        // Unset there means PERMISSIVE.
        return unless(mode === "STRICT", mode, "plain text is admitted everywhere; write STRICT");
      });
      return;
    }
    expect("spec.trafficPolicy.tls.mode", () => {
      if (!isMeshWide() || !EVERY_SERVICE.includes(String(at(props, "spec", "host")))) {
        return undefined;
      }
      const mode = at(props, "spec", "trafficPolicy", "tls", "mode");
      return unless(
        mode !== "DISABLE",
        mode,
        "every call goes in plain text; leave tls out, or write ISTIO_MUTUAL",
      );
    });
  },
});
