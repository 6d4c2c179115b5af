import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Puts `files` (names may hold folders) into `folder` the way a kubelet fills a volume: all at once, by moving one link.
 * Programs that watch the folder see `..data` change. Nothing happens when the content is the same.
 * https://pkg.go.dev/k8s.io/kubernetes/pkg/volume/util#AtomicWriter
 */
export function writeVolume(folder: string, files: Record<string, Buffer>): void {
  const link = path.join(folder, "..data");
  if (fs.existsSync(link) && sameContent(link, files)) {
    return;
  }
  fs.mkdirSync(folder, { recursive: true });
  const before = fs.existsSync(link) ? fs.readlinkSync(link) : undefined;
  const version = `..${Date.now()}-${process.hrtime.bigint()}`;
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, version, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content, { mode: 0o600 });
  }
  fs.mkdirSync(path.join(folder, version), { recursive: true });
  fs.rmSync(`${link}_tmp`, { force: true });
  fs.symlinkSync(version, `${link}_tmp`);
  fs.renameSync(`${link}_tmp`, link);
  const wanted = new Set(Object.keys(files).map((name) => name.split("/")[0] ?? name));
  for (const entry of fs.readdirSync(folder)) {
    if (!entry.startsWith("..") && !wanted.has(entry)) {
      fs.rmSync(path.join(folder, entry), { force: true, recursive: true });
    }
  }
  for (const name of wanted) {
    if (!isLink(path.join(folder, name))) {
      fs.symlinkSync(path.join("..data", name), path.join(folder, name));
    }
  }
  if (before) {
    fs.rmSync(path.join(folder, before), { recursive: true, force: true });
  }
}

function sameContent(folder: string, files: Record<string, Buffer>): boolean {
  const present = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return (
    present.length === Object.keys(files).length &&
    Object.entries(files).every(([name, content]) => {
      const file = path.join(folder, name);
      return fs.existsSync(file) && fs.readFileSync(file).equals(content);
    })
  );
}

function isLink(file: string): boolean {
  try {
    return fs.lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}
