import { generateKeyPairSync, sign, type X509Certificate } from "node:crypto";
import * as http2 from "node:http2";
import type { Api } from "../cluster/client";
import { type Istiod, secured } from "../istiod";
import { textAt } from "../objects";
import { certificatesIn } from "./chain";

export interface SigningRequest {
  /** Of the workload's cluster. */
  api: Api;
  istiod: Istiod;
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
  const socket = await secured(await istiod.dial(15012), {
    ca: root.toString(),
    servername: istiod.serverName,
    ALPNProtocols: ["h2"],
  });
  const session = http2.connect(`https://${istiod.serverName}`, { createConnection: () => socket });
  try {
    const answer = await unary(session, {
      path: "/istio.v1.auth.IstioCertificateService/CreateCertificate",
      headers: { authorization: `Bearer ${await token(request)}`, clusterid: cluster },
      message: encodeRequest(certificateRequest(), 600),
    });
    return decodeTexts(answer, 1).flatMap(certificatesIn);
  } finally {
    session.destroy();
    socket.destroy();
  }
}

/** One call of gRPC: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. @throws with the status' message */
function unary(
  session: http2.ClientHttp2Session,
  { path, headers, message }: { path: string; headers: Record<string, string>; message: Buffer },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    session.once("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const chunks: Buffer[] = [];
    const status: Record<string, unknown> = {};
    // A refusal without an answer has its status among the headers.
    stream.on("response", (answer) => Object.assign(status, answer));
    stream.on("trailers", (trailers: object) => Object.assign(status, trailers));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      const code = status["grpc-status"];
      if (code !== "0") {
        const why = decodeURIComponent(textAt(status, "grpc-message") ?? "");
        reject(new Error(`istiod does not sign: ${why || `status ${String(code)}`}`));
        return;
      }
      const body = Buffer.concat(chunks);
      resolve(body.subarray(5, 5 + body.readUInt32BE(1)));
    });
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([frame, message]));
  });
}

/** The audience is istiod's own: https://istio.io/latest/docs/ops/best-practices/security/#configure-third-party-service-account-tokens */
async function token({ api, namespace, account }: SigningRequest): Promise<string> {
  const { status } = await api.request<{ status: { token: string } }>(
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
  const version = der(0x02, Buffer.of(0));
  const noName = der(0x30);
  const noAttributes = der(0xa0);
  const info = der(0x30, version, noName, publicKey.export({ type: "spki", format: "der" }), noAttributes);
  const signature = sign("sha256", info, { key: privateKey, dsaEncoding: "der" });
  const request = der(0x30, info, der(0x30, ECDSA_WITH_SHA256), der(0x03, Buffer.of(0), signature));
  const body = request.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${body}-----END CERTIFICATE REQUEST-----\n`;
}

/** Object identifier 1.2.840.10045.4.3.2, encoded. */
const ECDSA_WITH_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");

/** ASN.1's distinguished encoding, for contents of up to 65535 bytes. */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
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
