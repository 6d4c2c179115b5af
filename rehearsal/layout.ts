import { createHash } from "node:crypto";
import * as os from "node:os";
import * as path from "node:path";

/** The checkout that the rehearsal runs. */
export const checkout = path.resolve(__dirname, "..");

/**
 * Where a rehearsal keeps everything that it writes, except the binaries; ignored by git. `REHEARSAL_HOME` names another
 * folder, so that tests leave a person's own rehearsal alone.
 */
export const home = path.resolve(checkout, process.env.REHEARSAL_HOME ?? ".rehearsal");

/** Binaries, shared by all clones: `$XDG_CACHE_HOME/multi-region-istio-mesh`, by default under `~/.cache`. */
export const cache = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"),
  "multi-region-istio-mesh",
);

/**
 * The path of a unix socket has at most 103 bytes on macOS and 107 on Linux: a rehearsal deep down in the file system has its
 * sockets in the cache folder.
 */
export function runFolder(home: string, cache: string): string {
  const folder = path.join(home, "run");
  const longest = path.join(folder, `${"c".repeat(24)}.egress`);
  return Buffer.byteLength(longest) <= 103
    ? folder
    : path.join(cache, "run", createHash("sha256").update(home).digest("hex").slice(0, 8));
}

export const layout = {
  /** On PATH for `pulumi` and in `npm run shell`: links to the binaries, and the launchers of the stand-ins. */
  bin: path.join(home, "bin"),
  /** The program as the engine sees it: links to the checkout, and the stack files with what a stack adds to them. */
  program: path.join(home, "program"),
  /** The engine's state: a `file://` backend. */
  state: path.join(home, "state"),
  logs: path.join(home, "logs"),
  /** Unix sockets and what else belongs to the running processes only. */
  run: runFolder(home, cache),
  /** The simulated project, as JSON. */
  google: path.join(home, "google.json"),
  report: path.join(home, "report.json"),
  /** A cluster's etcd data, keys and configuration files. */
  cluster: (name: string) => path.join(home, "clusters", name),
  /** For people: reaches the cluster directly on loopback, with an administrator's token. */
  kubeconfig: (name: string) => path.join(home, `${name}.kubeconfig`),
};
