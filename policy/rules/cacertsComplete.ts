import { resourceRule } from "../rule";
import { SECRET, textOf } from "../secrets";
import { at } from "../values";

const KEYS = ["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"];

export const cacertsComplete = resourceRule({
  name: "cacerts-complete",
  displayName: "istiod signs with the mesh's certificate authority",
  severity: "critical",
  tags: ["trust", "tls"],
  description:
    "The Secret cacerts has all four keys: when one is missing, istiod signs for itself, and no cluster trusts it.",
  remediationSteps: `Give cacerts the keys ${KEYS.join(", ")}, each in PEM.`,
  url: "https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/",
  types: [SECRET],
  inspect({ props }, expect) {
    if (at(props, "metadata", "name") !== "cacerts") {
      return;
    }
    for (const key of KEYS) {
      // A private key is among them: values are never told.
      expect(`data["${key}"]`, () => {
        const wanted =
          key === "ca-key.pem" ? /-----BEGIN [A-Z ]*PRIVATE KEY-----/ : /-----BEGIN CERTIFICATE-----/;
        const text = textOf(props, key);
        if (!text) {
          return "is missing: istiod would sign for itself; write all four keys";
        }
        return wanted.test(text) ? undefined : `is not in PEM: write a ${key.replace(/\.pem$/, "")} in PEM`;
      });
    }
  },
});
