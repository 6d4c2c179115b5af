import { inflateRawSync } from "node:zlib";

// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: 4.3.16, 4.3.12 and 4.3.7.
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const endSize = 22;

/** The content of one file in a zip file that is neither encrypted nor larger than 4 GB. @throws Error when it is not in there. */
export function fileIn(zip: Buffer, name: string): Buffer {
  // The last record, before a comment of at most 64 KB.
  let end = zip.length - endSize;
  while (end >= 0 && zip.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error("this is no zip file");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0 && zip.readUInt32LE(at) === ENTRY; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) return contentOf(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the zip file has no ${name}`);
}

function contentOf(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const size = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  // Its own header may have other extra fields than the directory's entry.
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const stored = zip.subarray(start, start + size);
  if (method === 0) return stored;
  if (method === 8) return inflateRawSync(stored);
  throw new Error(`compression method ${method} is not known`);
}
