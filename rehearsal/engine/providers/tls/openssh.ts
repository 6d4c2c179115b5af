import { createHash, randomBytes, type KeyObject } from "node:crypto";
import type { Properties } from "../values";
import { curveOf } from "./keys";
import { encodePem } from "./pem";

/** The OpenSSH outputs of a private key; all empty for the curve P224, which OpenSSH does not have. */
export function opensshForms(key: KeyObject): Properties {
  const curve = curveOf(key);
  if (curve === "P224") {
    return {
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
      publicKeyFingerprintSha256: "",
    };
  }
  const { type, publicBlob, privateFields } = fields(key, curve);
  const md5 = createHash("md5").update(publicBlob).digest("hex");
  const sha256 = createHash("sha256").update(publicBlob).digest("base64").replace(/=+$/, "");
  return {
    privateKeyOpenssh: encodePem("OPENSSH PRIVATE KEY", unencrypted(publicBlob, type, privateFields)),
    publicKeyOpenssh: `${type} ${publicBlob.toString("base64")}\n`,
    publicKeyFingerprintMd5: md5.replace(/..(?!$)/g, "$&:"),
    publicKeyFingerprintSha256: `SHA256:${sha256}`,
  };
}

function fields(key: KeyObject, curve: string | undefined) {
  const jwk = key.export({ format: "jwk" });
  const part = (name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y") =>
    Buffer.from(jwk[name] ?? "", "base64url");
  if (jwk.kty === "RSA") {
    const type = "ssh-rsa";
    const publicBlob = Buffer.concat([string(type), mpint(part("e")), mpint(part("n"))]);
    const names = ["n", "e", "d", "qi", "p", "q"] as const;
    return { type, publicBlob, privateFields: Buffer.concat(names.map((name) => mpint(part(name)))) };
  }
  if (jwk.kty === "EC") {
    const name = `nistp${curve?.slice(1)}`;
    const type = `ecdsa-sha2-${name}`;
    const point = Buffer.concat([Buffer.from([4]), part("x"), part("y")]);
    const shared = Buffer.concat([string(name), string(point)]);
    const publicBlob = Buffer.concat([string(type), shared]);
    return { type, publicBlob, privateFields: Buffer.concat([shared, mpint(part("d"))]) };
  }
  const type = "ssh-ed25519";
  const secret = Buffer.concat([part("d"), part("x")]);
  return {
    type,
    publicBlob: Buffer.concat([string(type), string(part("x"))]),
    privateFields: Buffer.concat([string(part("x")), string(secret)]),
  };
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, with cipher none. */
function unencrypted(publicBlob: Buffer, type: string, privateFields: Buffer): Buffer {
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, string(type), privateFields, string("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  return Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(publicBlob),
    string(Buffer.concat([secret, padding])),
  ]);
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function mpint(value: Buffer): Buffer {
  return string((value[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
