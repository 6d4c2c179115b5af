import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  checksumIn,
  ChecksumMismatch,
  Downloads,
  HostRefused,
  type HttpAnswer,
} from "../../../rehearsal/tools/download";
import type { Download } from "../../../rehearsal/tools/table";

const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const program = Buffer.from("#!/bin/sh\necho v1\n");

async function* inPieces(data: Buffer): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < data.length; i += 5) yield await Promise.resolve(data.subarray(i, i + 5));
}

describe("official downloads", () => {
  let folder: string;
  let asked: string[];

  beforeEach(() => {
    asked = [];
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "downloads-"));
    fs.mkdirSync(path.join(folder, "scratch"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const serving = (files: Record<string, Buffer | number | Error>) =>
    new Downloads((url): Promise<HttpAnswer> => {
      asked.push(url);
      const file = files[url] ?? 404;
      if (file instanceof Error) return Promise.reject(file);
      if (typeof file === "number") return Promise.resolve({ status: file, body: null });
      return Promise.resolve({ status: 200, body: inPieces(file) });
    });
  const download: Download = {
    url: "https://a.example/v1/tool",
    checksums: "https://a.example/v1/tool.sha256",
    megabytes: 1,
  };
  const target = () => path.join(folder, "cache", "tool");
  const fetch = (downloads: Downloads, what: Download) =>
    downloads.fetch("kubectl", what, target(), path.join(folder, "scratch"));

  it("puts the program in its place, executable, when the published checksum is right", async () => {
    await fetch(
      serving({ [download.url]: program, [download.checksums]: Buffer.from(`${sha256(program)}\n`) }),
      download,
    );
    assert.equal(execFileSync(target(), { encoding: "utf8" }), "v1\n");
  });

  it("does not ask for a checksum that is known beforehand", async () => {
    await fetch(serving({ [download.url]: program }), { ...download, sha256: sha256(program) });
    assert.deepEqual(asked, [download.url]);
  });

  it("takes the program out of an archive", async () => {
    fs.mkdirSync(path.join(folder, "tool-v1"));
    fs.writeFileSync(path.join(folder, "tool-v1", "tool"), program);
    const archive = execFileSync("tar", ["-czf", "-", "-C", folder, "tool-v1"]);
    const packed = {
      ...download,
      url: `${download.url}.tar.gz`,
      sha256: sha256(archive),
      member: "tool-v1/tool",
    };
    await fetch(serving({ [packed.url]: archive }), packed);
    assert.deepEqual(fs.readFileSync(target()), program);
  });

  it("refuses a program whose checksum is another, and leaves nothing", async () => {
    const wrong = { ...download, sha256: sha256(Buffer.from("other")) };
    await assert.rejects(fetch(serving({ [download.url]: program }), wrong), ChecksumMismatch);
    assert.ok(!fs.existsSync(target()));
    assert.deepEqual(fs.readdirSync(path.join(folder, "scratch")), []);
  });

  it("refuses a program that no checksum is published for", async () => {
    const downloads = serving({
      [download.url]: program,
      [download.checksums]: Buffer.from("<html>sign in</html>"),
    });
    await assert.rejects(fetch(downloads, download), /has no SHA-256 of https:\/\/a\.example\/v1\/tool/);
    assert.deepEqual(asked, [download.checksums]);
  });

  for (const [how, answer] of [
    ["cannot be reached", new Error("fetch failed", { cause: new Error("connect ETIMEDOUT") })],
    ["says no", 403],
  ] as const) {
    it(`does not ask a host again that ${how}`, async () => {
      const downloads = serving({ [download.checksums]: answer });
      await assert.rejects(fetch(downloads, download), HostRefused);
      await assert.rejects(
        fetch(downloads, { ...download, sha256: sha256(program) }),
        /a\.example: (connect ETIMEDOUT|answered 403)/,
      );
      assert.deepEqual(asked, [download.checksums]);
    });
  }

  it("asks a host again that only lacks one file", async () => {
    const downloads = serving({ "https://a.example/v1/other": program });
    await assert.rejects(fetch(downloads, download), /does not exist \(404\)/);
    await fetch(downloads, { ...download, url: "https://a.example/v1/other", sha256: sha256(program) });
    assert.ok(fs.existsSync(target()));
  });

  it("leaves nothing in place when the host stops in the middle", async () => {
    const downloads = new Downloads(() =>
      Promise.resolve({
        status: 200,
        body: (async function* () {
          yield await Promise.resolve(program.subarray(0, 5));
          throw new Error("terminated");
        })(),
      }),
    );
    await assert.rejects(
      fetch(downloads, { ...download, sha256: sha256(program) }),
      /a\.example: terminated/,
    );
    assert.ok(!fs.existsSync(target()));
  });
});

describe("a published checksum", () => {
  const sum = "a".repeat(64);

  it("is found by the file's name, or alone", () => {
    assert.equal(checksumIn(`${sum}\n`, "kubectl"), sum);
    assert.equal(checksumIn(`${sum.toUpperCase()}  istioctl.tar.gz`, "istioctl.tar.gz"), sum);
    assert.equal(checksumIn(`${"b".repeat(64)}  etcd.zip\n${sum} *./etcd.tar.gz\n`, "etcd.tar.gz"), sum);
  });

  it("is not taken from another file's line or another kind of text", () => {
    assert.equal(checksumIn(`${sum}  etcd.zip`, "etcd.tar.gz"), undefined);
    assert.equal(checksumIn(`${sum}\n${sum}\n`, "kubectl"), undefined);
    assert.equal(checksumIn("Not Found", "kubectl"), undefined);
  });
});
