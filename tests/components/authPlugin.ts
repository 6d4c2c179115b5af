import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A folder with a program called `gke-gcloud-auth-plugin` that exits with `code` when it is asked for a credential. */
export function pluginFolder(code = 0): string {
  const folder = mkdtempSync(join(tmpdir(), "auth-plugin-"));
  const file = join(folder, "gke-gcloud-auth-plugin");
  writeFileSync(
    file,
    `#!/bin/sh\n[ -n "$KUBERNETES_EXEC_INFO" ] || exit 2\necho "$KUBERNETES_EXEC_INFO"\necho "ERROR: no active account" >&2\nexit ${code}\n`,
  );
  chmodSync(file, 0o755);
  return folder;
}

let installed = false;

/** Puts one on PATH, once: tests of the program do not ask what is installed on this machine. */
export function installPlugin(): void {
  if (!installed) {
    process.env.PATH = [pluginFolder(), process.env.PATH].join(delimiter);
    installed = true;
  }
}
