import { createPrivateKey, createPublicKey } from "node:crypto";
import { certificateExtensions } from "../../rehearsal/engine/providers/tls/extensions";
import {
  type Algorithm,
  type Curve,
  generateKey,
  privateKeyPem,
  publicKeyDer,
} from "../../rehearsal/engine/providers/tls/keys";
import { encodeName } from "../../rehearsal/engine/providers/tls/names";
import { signCertificate } from "../../rehearsal/engine/providers/tls/x509";
import type { Resource } from "./harness";

export interface Authority {
  name: string;
  /** PEM. */
  certificate: string;
  /** PEM. */
  key: string;
}

export interface AuthorityOptions {
  /** Default: itself. */
  signer?: Authority;
  /** Default: an ECDSA key on P256. */
  algorithm?: Algorithm;
  rsaBits?: number;
  curve?: Curve;
  /** Days from now. Default: an hour ago. */
  from?: number;
  /** Days from now. Default: 365. */
  to?: number;
  isCa?: boolean;
  /** Under the tls provider's names. Default: cert_signing. */
  uses?: string[];
}

const DAY_MS = 24 * 3600 * 1000;

/** A certificate of an authority, or one with what an authority's must not have, and its key. */
export function authority(name: string, options: AuthorityOptions = {}): Authority {
  const {
    algorithm = "ECDSA",
    rsaBits = 2048,
    curve = "P256",
    isCa = true,
    uses = ["cert_signing"],
  } = options;
  const key = generateKey(algorithm, rsaBits, curve);
  const subject = encodeName({ commonName: name });
  const signer = options.signer;
  const days = (count: number) => new Date(Date.now() + count * DAY_MS);
  const publicKey = publicKeyDer(createPublicKey(key));
  const certificate = signCertificate(
    {
      serialNumber: 1n,
      issuer: signer ? encodeName({ commonName: signer.name }) : subject,
      subject,
      notBefore: days(options.from ?? -1 / 24),
      notAfter: days(options.to ?? 365),
      publicKey,
      extensions: certificateExtensions({
        allowedUses: uses,
        isCa,
        setSubjectKeyId: true,
        names: [],
        subjectIsEmpty: false,
        publicKey,
      }),
    },
    signer ? createPrivateKey(signer.key) : key,
  );
  return { name, certificate, key: privateKeyPem(key) };
}

export const root = authority("Root CA");

/** The Secret of a cluster. `chain` are the certificates after the intermediate's. */
export function cacerts(intermediate: Authority, chain = [root], roots = [root]): Resource {
  return {
    type: "kubernetes:core/v1:Secret",
    props: {
      metadata: { name: "cacerts", namespace: "istio-system" },
      stringData: {
        "ca-cert.pem": intermediate.certificate,
        "ca-key.pem": intermediate.key,
        "root-cert.pem": pem(...roots),
        "cert-chain.pem": pem(intermediate, ...chain),
      },
    },
  };
}

export function pem(...authorities: Authority[]): string {
  return authorities.map(({ certificate }) => certificate).join("");
}

/** As the provider hands a Secret on: the API's own form. */
export function encoded({ type, props }: Resource): Resource {
  const { stringData, ...rest } = props as { stringData: Record<string, string> };
  const data = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return { type, props: { ...rest, data: Object.fromEntries(data) as unknown } };
}
