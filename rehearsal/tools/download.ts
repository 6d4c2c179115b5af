import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { EnvHttpProxyAgent, fetch } from "undici";
import { run } from "./run";
import type { Download } from "./table";

/** As much of an HTTP answer as a download needs. */
export interface HttpAnswer {
  status: number;
  body: AsyncIterable<Uint8Array> | null;
}

/** Asks for an https address; rejects when the host cannot be reached. */
export type HttpGet = (url: string) => Promise<HttpAnswer>;

/** A host that did not serve: it is not asked again by the same {@link Downloads}. */
export class HostRefused extends Error {
  constructor(
    readonly host: string,
    reason: string,
  ) {
    super(`${host}: ${reason}`);
    this.name = "HostRefused";
  }
}

/** What came is not what the vendor published. */
export class ChecksumMismatch extends Error {
  constructor(url: string, expected: string, actual: string) {
    super(`${url} has the SHA-256 ${actual}, published is ${expected}: thrown away`);
    this.name = "ChecksumMismatch";
  }
}

/** Official downloads of one run. */
export class Downloads {
  private readonly refused = new Map<string, HostRefused>();

  constructor(private readonly get: HttpGet = httpsGet()) {}

  /**
   * Puts the program at `target`, which appears only when the checksum was right; `scratch` is an empty folder on
   * the same file system. Throws {@link HostRefused}, {@link ChecksumMismatch} or a plain error; never tries twice.
   */
  async fetch(
    name: string,
    download: Download,
    target: string,
    scratch: string,
    say: (detail: string) => void = () => undefined,
  ): Promise<void> {
    const expected = download.sha256 ?? (await this.publishedChecksum(download));
    const file = path.join(scratch, path.posix.basename(new URL(download.url).pathname));
    const actual = await this.save(download, file, (megabytes) => {
      say(`${name}: ${megabytes} of about ${download.megabytes} MB`);
    });
    if (actual !== expected) {
      await fs.rm(file);
      throw new ChecksumMismatch(download.url, expected, actual);
    }
    let program = file;
    if (download.member) {
      // The tar of macOS reads zip files too, the only other kind among the downloads.
      const flags = file.endsWith(".zip") ? "-xf" : "-xzf";
      await run("tar", [flags, file, "-C", scratch, download.member]);
      program = path.join(scratch, download.member);
    }
    await fs.chmod(program, 0o755);
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.rename(program, target);
  }

  private async publishedChecksum({ url, checksums }: Download): Promise<string> {
    const chunks: Uint8Array[] = [];
    await this.read(checksums, (chunk) => {
      chunks.push(chunk);
    });
    const checksum = checksumIn(
      Buffer.concat(chunks).toString("utf8"),
      path.posix.basename(new URL(url).pathname),
    );
    if (!checksum) throw new Error(`${checksums} has no SHA-256 of ${url}`);
    return checksum;
  }

  private async save({ url }: Download, file: string, say: (megabytes: number) => void): Promise<string> {
    const hash = createHash("sha256");
    const handle = await fs.open(file, "w");
    let bytes = 0;
    try {
      await this.read(url, async (chunk) => {
        hash.update(chunk);
        await handle.writeFile(chunk);
        bytes += chunk.length;
        say(Math.round(bytes / 1e6));
      });
    } finally {
      await handle.close();
    }
    return hash.digest("hex");
  }

  private async read(url: string, take: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const host = new URL(url).host;
    const earlier = this.refused.get(host);
    if (earlier) throw earlier;
    let answer: HttpAnswer;
    try {
      answer = await this.get(url);
      if (answer.status === 200 && answer.body) {
        for await (const chunk of answer.body) await take(chunk);
        return;
      }
    } catch (error) {
      throw this.refuse(host, reasonOf(error));
    }
    // A host that lacks one file may have the others.
    if (answer.status === 404) throw new Error(`${url} does not exist (404)`);
    throw this.refuse(host, `answered ${answer.status}`);
  }

  private refuse(host: string, reason: string): HostRefused {
    const refusal = new HostRefused(host, reason);
    this.refused.set(host, refusal);
    return refusal;
  }
}

/** The SHA-256 of `file` in a checksum file: a line "<checksum>  <file>", or a lone checksum. */
export function checksumIn(text: string, file: string): string | undefined {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  for (const line of lines) {
    const [checksum = "", name] = line.split(/\s+\*?/);
    if (!/^[0-9a-f]{64}$/i.test(checksum)) continue;
    if (name === undefined ? lines.length === 1 : path.posix.basename(name) === file)
      return checksum.toLowerCase();
  }
  return undefined;
}

function httpsGet(): HttpGet {
  // Honours HTTPS_PROXY and NO_PROXY. Quick to give up: building is the other way.
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: 5000 },
    headersTimeout: 10_000,
    bodyTimeout: 20_000,
  });
  return async (url) => {
    const answer = await fetch(url, { dispatcher });
    if (!answer.url.startsWith("https:")) throw new Error(`leads to ${answer.url}, which is not https`);
    return { status: answer.status, body: answer.body };
  };
}

// fetch says "fetch failed" and keeps what happened in the cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
