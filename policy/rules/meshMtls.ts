import { CHARTS, isChart } from "../read/charts";
import { ISTIO_OPERATOR } from "../read/gateways";
import { type Expect, type Props, resourceRule, type Subject } from "../rule";
import { at, listAt, objectAt, unless } from "../read/values";

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
    "A PeerAuthentication of the whole mesh is STRICT, no DestinationRule for every service of it sends plain text, to any port, and " +
    "enableAutoMtls is not false in the meshConfig of IstioOperators and istiod charts.",
  remediationSteps:
    "Write spec.mtls.mode: STRICT, and leave trafficPolicy.tls and enableAutoMtls out. Where workloads without a sidecar call into the mesh, first " +
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
  types: [...PEER_AUTHENTICATIONS, ...DESTINATION_RULES, ISTIO_OPERATOR, ...CHARTS],
  inspect(subject, expect, { rootNamespace }) {
    const { type, props } = subject;
    if (type === ISTIO_OPERATOR || CHARTS.includes(type)) {
      inspectMeshConfig(subject, expect);
      return;
    }
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
    inspectDestinations(props, expect, isMeshWide);
  },
});

function inspectMeshConfig({ type, props }: Subject, expect: Expect): void {
  const paths =
    type === ISTIO_OPERATOR
      ? [
          ["spec", "meshConfig"],
          ["spec", "values", "meshConfig"],
        ]
      : [["values", "meshConfig"]];
  for (const path of paths) {
    expect(`${path.join(".")}.enableAutoMtls`, () => {
      if (type !== ISTIO_OPERATOR && !isChart(props, "istiod")) {
        return undefined;
      }
      const value = at(props, ...path, "enableAutoMtls");
      return unless(String(value) !== "false", value, "calls go in plain text; leave it out, or write true");
    });
  }
}

function inspectDestinations(props: Props, expect: Expect, isMeshWide: () => boolean): void {
  const check = (policy: string, ...path: (string | number)[]) =>
    expect(`${policy}.tls.mode`, () => {
      if (!isMeshWide() || !EVERY_SERVICE.includes(String(at(props, "spec", "host")))) {
        return undefined;
      }
      const mode = at(props, "spec", "trafficPolicy", ...path, "tls", "mode");
      return unless(
        mode !== "DISABLE",
        mode,
        "every call goes in plain text; leave tls out, or write ISTIO_MUTUAL",
      );
    });
  check("spec.trafficPolicy");
  expect("spec.trafficPolicy.portLevelSettings", () =>
    listAt(props, "spec", "trafficPolicy", "portLevelSettings").forEach((_, index) =>
      check(`spec.trafficPolicy.portLevelSettings[${index}]`, "portLevelSettings", index),
    ),
  );
}
