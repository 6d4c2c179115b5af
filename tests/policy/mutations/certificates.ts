import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import type { CreateRequest } from "../../../rehearsal/engine/providers/base";
import {
  certRequest,
  locallySignedCert,
  selfSignedCert,
} from "../../../rehearsal/engine/providers/tls/resources";
import type { Props } from "./index";

const DAY_MS = 24 * 3_600_000;

/** An authority: its certificate and key, in PEM. */
export interface Authority {
  certificate: string;
  key: string;
}

interface Wishes {
  days?: number;
  isCa?: boolean;
  key?: string;
}

const request = { log: () => undefined } as unknown as CreateRequest;

const USES = ["digital_signature", "key_encipherment", "cert_signing", "crl_signing"];

export function newRoot({ days = 3650, key = newKey() }: Wishes = {}): Authority {
  const { outputs } = selfSignedCert.create(
    {
      privateKeyPem: key,
      subject: { organization: "Istio", commonName: "Root CA" },
      validityPeriodHours: days * 24,
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: USES,
    },
    request,
  );
  return { certificate: outputs.certPem as string, key };
}

/** The values of a Secret `cacerts` that fit together: an intermediate of this root. */
export function cacertsOf(root: Authority, { days = 730, isCa = true, key = newKey() }: Wishes = {}): Props {
  const subject = { organization: "Istio", commonName: "Intermediate CA" };
  const { outputs: asked } = certRequest.create({ privateKeyPem: key, subject }, request);
  const { outputs } = locallySignedCert.create(
    {
      certRequestPem: asked.certRequestPem ?? "",
      caCertPem: root.certificate,
      caPrivateKeyPem: root.key,
      validityPeriodHours: days * 24,
      isCaCertificate: isCa,
      setSubjectKeyId: true,
      allowedUses: isCa ? USES : ["digital_signature"],
    },
    request,
  );
  const certificate = outputs.certPem as string;
  return {
    "ca-cert.pem": certificate,
    "ca-key.pem": key,
    "root-cert.pem": root.certificate,
    "cert-chain.pem": certificate + root.certificate,
  };
}

export function newKey(curve = "P-256"): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

export function newRsaKey(bits: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

export function certificatesIn(text: unknown): X509Certificate[] {
  const blocks = String(text).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** Of the Secret: its own certificate, which has to have the Secret's key, and to be the root's. */
export function isChained(_: unknown, { stringData }: Props): boolean {
  const values = stringData as Props;
  const [certificate] = certificatesIn(values["ca-cert.pem"]);
  const [root] = certificatesIn(values["root-cert.pem"]);
  const chain = certificatesIn(values["cert-chain.pem"]);
  return Boolean(
    certificate &&
    root &&
    certificate.verify(root.publicKey) &&
    createPublicKey(String(values["ca-key.pem"])).equals(certificate.publicKey) &&
    chain.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256),
  );
}

export const everyCertificate =
  (holds: (certificate: X509Certificate) => boolean) =>
  (_: unknown, { stringData }: Props) =>
    Object.values(stringData as Props)
      .flatMap(certificatesIn)
      .every(holds);

export function lasts({ validTo }: X509Certificate): boolean {
  return Date.parse(validTo) > Date.now() + 30 * DAY_MS;
}

export function isStrong({ publicKey }: { publicKey: KeyObject }): boolean {
  const { modulusLength = 0, namedCurve = "" } = publicKey.asymmetricKeyDetails ?? {};
  return modulusLength >= 2048 || ["prime256v1", "secp384r1"].includes(namedCurve);
}
