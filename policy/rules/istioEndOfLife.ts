import { istioVersionOf, VERSION_TYPES } from "../read/istioVersions";
import { resourceRule } from "../rule";
import { lineOf } from "../read/versions";

interface Config {
  accepted: string[];
}

export const istioEndOfLife = resourceRule<Config>({
  name: "istio-end-of-life",
  displayName: "Istio gets security fixes",
  severity: "medium",
  tags: ["istio", "versions"],
  description:
    "The Istio version of IstioOperators, istiod, the operator and Istio's charts is not past its end of life.",
  remediationSteps: "Write a version of a line that Istio's project supports.",
  url: "https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases",
  // A date alone must not stop the update that mends something else.
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      accepted: {
        type: "array",
        items: { type: "string" },
        default: ["1.23"],
        description:
          "Lines that you run past their end of life; 1.23 is the last one with an in-cluster operator, and there is none to write instead.",
      },
    },
  },
  types: VERSION_TYPES,
  inspect(subject, expect, { accepted }) {
    expect("", () => {
      const istio = istioVersionOf(subject);
      const end = istio && lineOf(istio.minor)?.endOfLife;
      if (!istio || !end || accepted.includes(`1.${istio.minor}`) || new Date() <= new Date(end)) {
        return undefined;
      }
      return `${istio.field} is "${istio.version}": Istio 1.${istio.minor} had its end of life on ${end}, and gets no security fixes; write a later version`;
    });
  },
});
