import { resourceRule } from "../rule";
import { at, listAt, show, unless } from "../read/values";

const EAST_WEST_PORT = 15443;

interface Config {
  hosts: string[];
}

export const crossNetworkGateway = resourceRule<Config>({
  name: "cross-network-gateway-hosts",
  displayName: "The cross-network gateway passes on the mesh's own names only",
  severity: "critical",
  tags: ["gateway", "istio", "network"],
  description:
    `A Gateway's server that passes TLS through by server name, or listens on ${EAST_WEST_PORT}, has no hosts but *.local, and ` +
    "leaves the encryption to the workloads.",
  remediationSteps:
    "Write hosts: ['*.local'] and tls: {mode: AUTO_PASSTHROUGH}. Any other host lets whoever reaches the gateway ask it for " +
    "names outside the mesh.",
  url: "https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/#expose-services-in-cluster1",
  configSchema: {
    properties: {
      hosts: {
        type: "array",
        items: { type: "string" },
        default: ["*.local"],
        description: "Hosts that a server may have, without a namespace.",
      },
    },
  },
  types: [
    "kubernetes:networking.istio.io/v1:Gateway",
    "kubernetes:networking.istio.io/v1beta1:Gateway",
    "kubernetes:networking.istio.io/v1alpha3:Gateway",
  ],
  // No remediation: a host that goes may be one that somebody calls, and a mode that changes ends what the gateway terminates.
  inspect({ props }, expect, { hosts: allowed }) {
    expect("spec.servers", () =>
      listAt(props, "spec", "servers").forEach((server, index) => {
        const field = `spec.servers[${index}]`;
        expect(`${field}.tls.mode`, () => {
          const mode = at(server, "tls", "mode");
          return unless(
            mode === "AUTO_PASSTHROUGH" || Number(at(server, "port", "number")) !== EAST_WEST_PORT,
            mode,
            "on this port clusters expect their own TLS to be passed on; write AUTO_PASSTHROUGH",
          );
        });
        expect(`${field}.hosts`, () => {
          if (!isCrossNetwork(server)) {
            return undefined;
          }
          const hosts = listAt(server, "hosts");
          // `namespace/host` says whose services may be asked for.
          const other = hosts.find((host) => !allowed.includes(String(host).replace(/^[^/]*\//, "")));
          if (other === undefined && hosts.length > 0) {
            return undefined;
          }
          return `${other === undefined ? "is empty" : `has ${show(other)}`}: write ${show(allowed)}`;
        });
      }),
    );
  },
});

function isCrossNetwork(server: unknown): boolean {
  return (
    at(server, "tls", "mode") === "AUTO_PASSTHROUGH" ||
    Number(at(server, "port", "number")) === EAST_WEST_PORT
  );
}
