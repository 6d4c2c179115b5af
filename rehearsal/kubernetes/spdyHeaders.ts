import * as zlib from "node:zlib";

// The words that both ends start with: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/#2.6.10.1
const words =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow " +
  "authorization cache-control connection content-base content-encoding content-language content-length content-location " +
  "content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match " +
  "if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range " +
  "referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get " +
  "status";
const phrases = [
  ...words.split(" "),
  "200 OK",
  "version",
  "HTTP/1.1",
  "url",
  "public",
  "set-cookie",
  "keep-alive",
  "origin",
];
const rest =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative " +
  "Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal " +
  "Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, " +
  "Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml," +
  "application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8" +
  "charset=iso-8859-1,utf-,*,enq=0.";

export const dictionary = Buffer.concat([
  ...phrases.flatMap((phrase) => [length(phrase), Buffer.from(phrase)]),
  Buffer.from(rest),
]);

/** Header blocks of one direction of a connection: each is compressed with what all before it have left. */
export class HeaderReader {
  private readonly inflate = zlib.createInflate({ dictionary, flush: zlib.constants.Z_SYNC_FLUSH });

  /** One block after the other. @throws Error when it is none. */
  async read(block: Buffer): Promise<Record<string, string>> {
    const text = await through(this.inflate, block);
    const headers: Record<string, string> = {};
    let at = 4;
    const next = () => {
      const end = at + 4 + text.readUInt32BE(at);
      const value = text.toString("utf8", at + 4, end);
      at = end;
      return value;
    };
    for (let left = text.readUInt32BE(0); left > 0; left--) {
      headers[next()] = next();
    }
    return headers;
  }
}

export class HeaderWriter {
  private readonly deflate = zlib.createDeflate({ dictionary, flush: zlib.constants.Z_SYNC_FLUSH });

  write(headers: Record<string, string>): Promise<Buffer> {
    const all = Object.entries(headers);
    const parts = all.flat().flatMap((text) => [length(text), Buffer.from(text)]);
    return through(this.deflate, Buffer.concat([number(all.length), ...parts]));
  }
}

function through(stream: zlib.Inflate | zlib.Deflate, chunk: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.write(chunk, () => {
      stream.off("error", reject);
      resolve((stream.read() as Buffer | null) ?? Buffer.alloc(0));
    });
  });
}

function length(text: string): Buffer {
  return number(Buffer.byteLength(text));
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
