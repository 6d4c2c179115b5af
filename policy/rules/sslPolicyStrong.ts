import { resourceRule } from "../rule";
import { at, put, unless } from "../read/values";

/** Google's default is the first. */
const WEAK = ["TLS_1_0", "TLS_1_1"];
const STRONG = ["TLS_1_2", "TLS_1_3"];

interface Config {
  refusedProfiles: string[];
}

export const sslPolicyStrong = resourceRule<Config>({
  name: "ssl-policy-strong",
  displayName: "SSL policies want TLS 1.2 or later",
  severity: "high",
  tags: ["edge", "tls"],
  description:
    "An SSL policy admits TLS 1.2 and later only, and a profile without the ciphers of old clients.",
  remediationSteps:
    "Write minTlsVersion: TLS_1_2, and profile: MODERN or RESTRICTED. TLS_1_3 needs RESTRICTED.",
  url: "https://cloud.google.com/load-balancing/docs/ssl-policies-concepts",
  configSchema: {
    properties: {
      refusedProfiles: {
        type: "array",
        items: { type: "string" },
        default: ["COMPATIBLE"],
        description: "Profiles that are refused; COMPATIBLE is what Google takes where none is written.",
      },
    },
  },
  types: ["gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy"],
  inspect({ props }, expect, { refusedProfiles }) {
    expect("minTlsVersion", () => {
      const value = at(props, "minTlsVersion");
      return unless(
        STRONG.some((version) => version === value),
        value,
        "write TLS_1_2",
      );
    });
    expect("profile", () => {
      const value = at(props, "profile");
      return unless(
        !refusedProfiles.some((profile) => profile === (value ?? "COMPATIBLE")),
        value,
        "it has ciphers without forward secrecy; write MODERN or RESTRICTED",
      );
    });
  },
  // Both fields change in place. The profile is left to people: which ciphers clients have is not known here.
  mend({ props }) {
    const value = at(props, "minTlsVersion") ?? "TLS_1_0";
    return WEAK.some((version) => version === value) && put(props, "TLS_1_2", "minTlsVersion");
  },
});
