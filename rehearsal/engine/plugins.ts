import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { layout } from "../layout";
import type { ProviderChoice } from "../options";
import { type Launcher, launchers, writeLaunchers } from "./launchers";

/** The plugins that may be real ones. Google Cloud is always played: there is no project to talk to. */
const CHOOSABLE = {
  "pulumi-resource-kubernetes": "@pulumi/kubernetes",
  "pulumi-resource-tls": "@pulumi/tls",
} satisfies Partial<Record<Launcher, string>>;

type Choosable = keyof typeof CHOOSABLE;

/**
 * Puts a plugin for each part of the engine on the rehearsal's PATH: the real one where it is wanted and installed in the
 * version of its SDK, else the stand-in. The language host is the official one wherever there is one on PATH.
 *
 * @returns the names of the real ones.
 * @throws when `real` is asked for and one is not installed.
 */
export async function installPlugins(choice: ProviderChoice): Promise<string[]> {
  const real = new Map<string, string>();
  const missing: string[] = [];
  for (const name of Object.keys(CHOOSABLE) as Choosable[]) {
    const version = sdkVersion(CHOOSABLE[name]);
    const file = choice === "stand-in" ? undefined : installed(name, version);
    if (file) {
      real.set(name, file);
    } else if (choice === "real") {
      missing.push(`pulumi plugin install resource ${name.replace("pulumi-resource-", "")} ${version}`);
    }
  }
  if (missing.length > 0) {
    throw new Error(`--providers real needs plugins that are not installed:\n  ${missing.join("\n  ")}`);
  }
  const languageHost = onPath("pulumi-language-nodejs");
  if (languageHost) {
    real.set("pulumi-language-nodejs", languageHost);
  }
  await writeLaunchers({ only: launchers.filter((name) => !real.has(name)) });
  for (const [name, file] of real) {
    fs.symlinkSync(file, path.join(layout.bin, name));
  }
  return [...real.keys()];
}

function sdkVersion(sdk: string): string {
  const manifest = createRequire(__filename).resolve(`${sdk}/package.json`);
  return (JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** A plugin that `pulumi plugin install` put into its folder; one on PATH has no version to look at, and is left alone. */
function installed(name: Choosable, version: string): string | undefined {
  const plugins = path.join(process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "plugins");
  const file = path.join(plugins, `${name.replace("pulumi-", "")}-v${version}`, name);
  return fs.existsSync(file) ? file : undefined;
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== layout.bin);
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}
