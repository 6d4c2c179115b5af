/** Distinguished Encoding Rules (ITU-T X.690), as much as X.509 needs. */

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** One value: tag, length, content. */
export function encode(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = unsigned(BigInt(body.length));
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

export const sequence = (...members: Uint8Array[]) => encode(Tag.sequence, ...members);
export const set = (...members: Uint8Array[]) => encode(Tag.set, ...members);
export const octetString = (bytes: Uint8Array) => encode(Tag.octetString, bytes);
export const boolean = (value: boolean) => encode(Tag.boolean, Buffer.from([value ? 0xff : 0]));
export const nothing = encode(Tag.null);
/** `[n]`, constructed: EXPLICIT of one value, or IMPLICIT of a sequence's members. */
export const tagged = (n: number, ...content: Uint8Array[]) => encode(0xa0 | n, ...content);
/** `[n] IMPLICIT` of a primitive. */
export const primitive = (n: number, content: Uint8Array) => encode(0x80 | n, content);

/** A non-negative integer. */
export function integer(value: bigint | number): Buffer {
  const bytes = unsigned(BigInt(value));
  const sign = (bytes[0] ?? 0) & 0x80 ? [Buffer.from([0])] : [];
  return encode(Tag.integer, ...sign, bytes);
}

/** @param unused bits of the last byte that do not count */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return encode(Tag.bitString, Buffer.from([unused]), bytes);
}

/** @param dotted such as `2.5.29.15` */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left & 0x7f) | 0x80);
    }
    return groups;
  });
  return encode(Tag.oid, Buffer.from(bytes));
}

/** A name's text: PrintableString where its alphabet suffices, else UTF8String, as Go's encoding/asn1 chooses. */
export function text(value: string): Buffer {
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? Tag.printableString : Tag.utf8String;
  return encode(tag, Buffer.from(value, "utf8"));
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, "").slice(0, 14) + "Z";
  return date.getUTCFullYear() < 2050
    ? encode(Tag.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : encode(Tag.generalizedTime, Buffer.from(digits, "ascii"));
}

/** A decoded value; `raw` includes tag and length. */
export interface Decoded {
  tag: number;
  raw: Buffer;
  content: Buffer;
}

/** @throws when the bytes are not DER */
export function decode(bytes: Buffer, offset = 0): Decoded {
  const tag = bytes[offset];
  let length = bytes[offset + 1];
  if (tag === undefined || length === undefined) throw new Error("asn1: syntax error: data truncated");
  let start = offset + 2;
  if (length & 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new Error("asn1: structure error: length too large");
    length = bytes.readUIntBE(start, count);
    start += count;
  }
  if (start + length > bytes.length) throw new Error("asn1: syntax error: data truncated");
  return { tag, raw: bytes.subarray(offset, start + length), content: bytes.subarray(start, start + length) };
}

/** The values within a constructed one. */
export function members(content: Buffer): Decoded[] {
  const found: Decoded[] = [];
  for (let offset = 0; offset < content.length;) {
    const next = decode(content, offset);
    found.push(next);
    offset += next.raw.length;
  }
  return found;
}

function unsigned(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
}
