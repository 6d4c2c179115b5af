import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkout, home } from "../../rehearsal/layout";

const PACKAGE = "multi-region-istio-mesh";

/**
 * A program of `examples/` as somebody has it who installed the package: its files in a folder of its own, the package as
 * `npm pack` makes it, and every other package of the checkout.
 *
 * @returns the folder.
 */
export function exampleWithPackage(example: string): string {
  const folder = path.join(home, example);
  const modules = path.join(folder, "node_modules");
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(path.join(checkout, "examples", example), folder, { recursive: true });
  fs.mkdirSync(modules);
  const installed = path.join(checkout, "node_modules");
  for (const name of fs.readdirSync(installed)) {
    fs.symlinkSync(path.join(installed, name), path.join(modules, name));
  }
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: checkout, stdio: "pipe" });
  const [tarball] = fs.readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (!tarball) {
    throw new Error(`npm pack made no tarball in ${folder}`);
  }
  fs.mkdirSync(path.join(modules, PACKAGE));
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", path.join(modules, PACKAGE)], {
    cwd: folder,
  });
  return folder;
}

/** @throws with the compiler's messages when the program does not fit the declarations of the package. */
export function checkTypes(folder: string): void {
  const compiler = path.join(checkout, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}
