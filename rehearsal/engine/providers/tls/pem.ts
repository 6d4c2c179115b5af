/** A block of RFC 7468, with the newline at the end that Go's encoder writes. */
export function encodePem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * The first block's bytes.
 *
 * @throws when there is no block, or the first one has another label
 */
export function decodePem(label: string, pem: string): Buffer {
  const block = /-----BEGIN ([^-]+)-----([\s\S]*?)-----END \1-----/.exec(pem);
  if (!block) throw new Error(`failed to decode PEM of expected type "${label}" from bytes`);
  if (block[1] !== label) throw new Error(`invalid PEM type - expected "${label}", got "${block[1]}"`);
  return Buffer.from(block[2] ?? "", "base64");
}
