import { generateKeyPairSync, sign, type X509Certificate } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import * as asn1 from "../der";
import type { PodProcess } from "../istio/podProcess";
import type { ApiClient } from "../kubernetes/client";
import { certificatesIn } from "./chain";

export interface SigningRequest {
  /** Of the workload's cluster. */
  client: ApiClient;
  istiod: PodProcess;
  /** What the workload trusts: istiod's own certificate has to lead there. */
  root: X509Certificate;
  namespace: string;
  /** The workload's service account. */
  account: string;
  /** The workload's cluster. */
  cluster: string;
}

/**
 * Asks istiod for a workload's certificate as its proxy would, with a token of its service account, over TLS.
 *
 * @returns the certificate, then what it is signed by
 */
export async function signedCertificate(request: SigningRequest): Promise<X509Certificate[]> {
  const { istiod, root, cluster } = request;
  const { namespace, labels } = istiod.pod.metadata;
  const credentials = grpc.credentials.createSsl(Buffer.from(root.toString()));
  const client = new grpc.Client(`127.0.0.1:${istiod.slot.ports[15012]}`, credentials, {
    "grpc.ssl_target_name_override": `istiod-${labels?.["istio.io/rev"]}.${namespace}.svc`,
    // It is on loopback, whatever HTTPS_PROXY says.
    "grpc.enable_http_proxy": 0,
  });
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${await token(request)}`);
  metadata.set("clusterid", cluster);
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        "/istio.v1.auth.IstioCertificateService/CreateCertificate",
        (message: Buffer) => message,
        (message: Buffer) => message,
        encodeRequest(certificateRequest(), 600),
        metadata,
        { deadline: Date.now() + 10_000 },
        (error, value) => (error ? reject(error) : resolve(value ?? Buffer.alloc(0))),
      );
    });
    return decodeTexts(answer, 1).flatMap(certificatesIn);
  } finally {
    client.close();
  }
}

/** The audience is istiod's own: https://istio.io/latest/docs/ops/best-practices/security/#configure-third-party-service-account-tokens */
async function token({ client, namespace, account }: SigningRequest): Promise<string> {
  const { status } = await client.request<{ status: { token: string } }>(
    "POST",
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { audiences: ["istio-ca"], expirationSeconds: 600 },
      },
    },
  );
  return status.token;
}

/** PKCS #10 (RFC 2986), for nobody: istiod takes the name from the token. The key is thrown away. */
export function certificateRequest(): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const info = asn1.sequence(
    asn1.integer(Buffer.of(0)),
    asn1.sequence(),
    publicKey.export({ type: "spki", format: "der" }),
    asn1.explicit(0),
  );
  const request = asn1.sequence(
    info,
    asn1.sequence(asn1.objectId("1.2.840.10045.4.3.2")),
    asn1.bits(sign("sha256", info, { key: privateKey, dsaEncoding: "der" })),
  );
  const body = request.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${body}-----END CERTIFICATE REQUEST-----\n`;
}

// Two small messages are not worth generated code:
// https://github.com/istio/api/blob/release-1.23/security/v1alpha1/ca.proto

/** IstioCertificateRequest: `csr` is field 1, `validity_duration` (seconds) field 3. */
export function encodeRequest(csr: string, validitySeconds: number): Buffer {
  const text = Buffer.from(csr);
  return Buffer.concat([
    Buffer.of(0x0a),
    varint(text.length),
    text,
    Buffer.of(0x18),
    varint(validitySeconds),
  ]);
}

/** The texts of one repeated field of a message. */
export function decodeTexts(message: Buffer, wanted: number): string[] {
  const texts: string[] = [];
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  while (at < message.length) {
    const tag = number();
    const [field, type] = [tag >>> 3, tag & 7];
    const size = type === 0 ? (number(), 0) : type === 1 ? 8 : type === 5 ? 4 : number();
    if (field === wanted && type === 2) {
      texts.push(message.toString("utf8", at, at + size));
    }
    at += size;
  }
  return texts;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
