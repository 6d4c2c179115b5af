import { resourceRule } from "../rule";
import { at, unless } from "../read/values";
import { CLUSTER } from "./clusterPrivate";

export const clusterHardened = resourceRule({
  name: "cluster-hardened",
  displayName: "Clusters are hardened",
  severity: "high",
  tags: ["cluster", "identity"],
  description:
    "Workload Identity, shielded nodes and a release channel are on; legacy authorization, passwords and client certificates are off.",
  remediationSteps:
    "Set workloadIdentityConfig.workloadPool and releaseChannel.channel; leave enableShieldedNodes on, enableLegacyAbac and " +
    "masterAuth's certificate off.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster",
  types: [CLUSTER],
  // No remediation: these fields recreate the nodes, replace the cluster, or end what somebody signs in with.
  inspect({ props }, expect) {
    expect("workloadIdentityConfig.workloadPool", () => {
      const pool = at(props, "workloadIdentityConfig", "workloadPool");
      // Always on in Autopilot clusters.
      const builtIn = pool === undefined && at(props, "enableAutopilot") === true;
      return unless(
        builtIn || (typeof pool === "string" && pool.endsWith(".svc.id.goog")),
        pool,
        "pods act as their node; write PROJECT.svc.id.goog",
      );
    });
    expect("enableShieldedNodes", () => {
      const value = at(props, "enableShieldedNodes");
      return unless(value !== false, value, "leave it out, or write true");
    });
    expect("enableLegacyAbac", () => {
      const value = at(props, "enableLegacyAbac");
      return unless(value !== true, value, "it ignores RBAC; write false");
    });
    expect("masterAuth.clientCertificateConfig.issueClientCertificate", () => {
      const value = at(props, "masterAuth", "clientCertificateConfig", "issueClientCertificate");
      return unless(value !== true, value, "such certificates cannot be withdrawn; write false");
    });
    for (const field of ["username", "password"]) {
      // The value is a secret: only whether there is one is told.
      expect(`masterAuth.${field}`, () =>
        at(props, "masterAuth", field) ? "is set: sign in with Google's identities instead" : undefined,
      );
    }
    expect("releaseChannel.channel", () => {
      const value = at(props, "releaseChannel", "channel");
      return unless(
        typeof value === "string" && value !== "UNSPECIFIED",
        value,
        "write a channel, such as REGULAR or EXTENDED",
      );
    });
  },
});
