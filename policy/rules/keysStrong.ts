import type { KeyObject } from "node:crypto";
import { expectOfCertificates, isCacerts, TLS_KEY } from "../read/certificates";
import { resourceRule } from "../rule";
import { SECRET } from "../read/secrets";
import { at, numberIn, show } from "../read/values";

interface Config {
  algorithms: string[];
  minRsaBits: number;
  curves: string[];
}

/** The tls provider's names of the curves that OpenSSL calls otherwise. */
const CURVES: Record<string, string> = {
  secp224r1: "P224",
  prime256v1: "P256",
  secp384r1: "P384",
  secp521r1: "P521",
};

const ALGORITHMS: Record<string, string> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };

export const keysStrong = resourceRule<Config>({
  name: "keys-strong",
  displayName: "Keys are of allowed kinds and sizes",
  severity: "high",
  tags: ["trust", "tls"],
  description:
    "The keys of all certificates in cacerts, and the keys that the tls provider makes, are RSA or ECDSA keys of allowed sizes and " +
    "curves.",
  remediationSteps:
    'With the tls provider: algorithm "RSA" and rsaBits, or "ECDSA" and ecdsaCurve, whose default is the curve P224. Istio and ' +
    "Google's load balancers take no other kinds; a key for something else is allowed by the parameters.",
  url: "https://cloud.google.com/load-balancing/docs/ssl-certificates/self-managed-certs#create-key-and-cert",
  configSchema: {
    properties: {
      algorithms: {
        type: "array",
        items: { type: "string", enum: Object.values(ALGORITHMS) },
        default: ["RSA", "ECDSA"],
        description: "Kinds of keys, under the tls provider's names.",
      },
      minRsaBits: { type: "number", minimum: 2048, default: 2048, description: "Bits of an RSA key." },
      curves: {
        type: "array",
        items: { type: "string", enum: Object.values(CURVES) },
        default: ["P256", "P384"],
        description: "Curves of ECDSA keys, under the tls provider's names.",
      },
    },
  },
  types: [SECRET, TLS_KEY],
  inspect({ type, props }, expect, config) {
    if (type === SECRET) {
      if (isCacerts(props)) {
        expectOfCertificates(props, expect, ({ publicKey }) => publicKeyProblem(publicKey, config));
      }
      return;
    }
    const algorithm = () => at(props, "algorithm");
    expect("algorithm", () => kindProblem(algorithm(), config));
    expect("rsaBits", () =>
      algorithm() === "RSA" ? sizeProblem(at(props, "rsaBits") ?? 2048, config) : undefined,
    );
    expect("ecdsaCurve", () =>
      algorithm() === "ECDSA" ? curveProblem(at(props, "ecdsaCurve"), config) : undefined,
    );
  },
});

function publicKeyProblem(key: KeyObject, config: Config): string | undefined {
  const type = key.asymmetricKeyType ?? "";
  const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  const algorithm = ALGORITHMS[type] ?? type;
  const problem =
    kindProblem(algorithm, config) ??
    (algorithm === "RSA" ? sizeProblem(modulusLength, config) : undefined) ??
    (algorithm === "ECDSA" ? curveProblem(CURVES[namedCurve] ?? namedCurve, config) : undefined);
  return problem && `has a certificate whose key ${problem}`;
}

function kindProblem(algorithm: unknown, { algorithms }: Config): string | undefined {
  return allowed(algorithm, algorithms);
}

function curveProblem(curve: unknown, { curves }: Config): string | undefined {
  return allowed(curve, curves);
}

function sizeProblem(bits: unknown, { minRsaBits }: Config): string | undefined {
  return numberIn(bits) >= minRsaBits ? undefined : `is ${show(bits)}: write ${minRsaBits} bits or more`;
}

function allowed(value: unknown, values: string[]): string | undefined {
  return typeof value === "string" && values.includes(value)
    ? undefined
    : `is ${show(value)}: write ${values.join(" or ")}`;
}
