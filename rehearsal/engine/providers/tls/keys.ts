import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { decode, members, octetString } from "./der";

export const algorithms = ["RSA", "ECDSA", "ED25519"] as const;
export type Algorithm = (typeof algorithms)[number];

/** Terraform's names of curves, and OpenSSL's. */
export const curves = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
} as const;
export type Curve = keyof typeof curves;

/** @param rsaBits counts for RSA only, as `curve` does for ECDSA */
export function generateKey(algorithm: Algorithm, rsaBits: number, curve: Curve): KeyObject {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
    case "ECDSA":
      return generateKeyPairSync("ec", { namedCurve: curves[curve] }).privateKey;
    case "ED25519":
      return generateKeyPairSync("ed25519").privateKey;
  }
}

/** The PEM form that the real provider writes: PKCS #1 for RSA, SEC 1 for ECDSA, PKCS #8 for Ed25519. */
export function privateKeyPem(key: KeyObject): string {
  const types = { RSA: "pkcs1", ECDSA: "sec1", ED25519: "pkcs8" } as const;
  return key.export({ type: types[algorithmOf(key)], format: "pem" }) as string;
}

/** @throws when the text is no private key that the provider takes */
export function parsePrivateKey(pem: string): KeyObject {
  const label = /-----BEGIN ([^-]+)-----/.exec(pem)?.[1];
  if (!label) throw new Error("failed to decode PEM block");
  if (!["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].includes(label)) {
    throw new Error(`unsupported PEM preamble/type: ${label}`);
  }
  const key = createPrivateKey(pem);
  algorithmOf(key);
  return key;
}

export function algorithmOf(key: KeyObject): Algorithm {
  const byType: Record<string, Algorithm> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };
  const algorithm = byType[key.asymmetricKeyType ?? ""];
  if (!algorithm) throw new Error(`unsupported private key type: ${key.asymmetricKeyType}`);
  return algorithm;
}

export function curveOf(key: KeyObject): Curve | undefined {
  const name = key.asymmetricKeyDetails?.namedCurve;
  return (Object.keys(curves) as Curve[]).find((curve) => curves[curve] === name);
}

/** SubjectPublicKeyInfo in DER, of a private or public key. */
export function publicKeyDer(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/**
 * SHA-1 of the public key as the real provider takes it: of the key bits for RSA and ECDSA (method 1 of RFC 5280,
 * 4.2.1.2), of an OCTET STRING around them for Ed25519.
 *
 * @param spki SubjectPublicKeyInfo in DER
 */
export function subjectKeyId(spki: Buffer): Buffer {
  const bits = members(decode(spki).content)[1]?.content.subarray(1) ?? Buffer.alloc(0);
  const isEd25519 =
    createPublicKey({ key: spki, format: "der", type: "spki" }).asymmetricKeyType === "ed25519";
  return createHash("sha1")
    .update(isEd25519 ? octetString(bits) : bits)
    .digest();
}
