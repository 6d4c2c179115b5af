import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cache } from "../layout";
import { run } from "./run";
import { goVersion, modules, type ModuleName, type ToolEntry } from "./table";
import { compareVersions } from "./versions";

/** The go command on PATH and where it keeps things. */
export interface Go {
  /** As it calls itself, without the leading "go". */
  version: string;
  buildCache: string;
  moduleCache: string;
}

/** Runs the go command in a folder and gives its standard output. */
export type RunGo = (args: string[], folder: string, onErrorLine?: (line: string) => void) => Promise<string>;

/** Programs of one module, to be built in one go so that what they share is compiled once. */
export interface BuildOrder {
  module: ModuleName;
  tools: ToolEntry[];
}

/**
 * The go command, if it can build the programs. Throws an error for people when there is none, or when it is older than
 * go.mod asks and may not fetch a newer one itself.
 */
export async function findGo(runGo: RunGo = goCommand): Promise<Go> {
  const remedy = `Install Go ${goVersion} or newer (https://go.dev/dl) and put it on PATH.`;
  let values: Record<string, string>;
  try {
    // The root folder is in no module: a go.mod would make an older go command fetch a newer one at once.
    const output = await runGo(
      ["env", "-json", "GOVERSION", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE"],
      path.parse(__dirname).root,
    );
    values = JSON.parse(output) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`There is no "go" on PATH. ${remedy}`, { cause: error });
    throw new Error(`"go env" does not work: ${String(error)}\n${remedy}`, { cause: error });
  }
  const { GOVERSION = "", GOTOOLCHAIN = "", GOCACHE = "", GOMODCACHE = "" } = values;
  const version = GOVERSION.replace(/^go/, "");
  // Since 1.21 the go command fetches the toolchain that a go.mod asks for: https://go.dev/doc/toolchain
  const fetches = compareVersions(version, "1.21") >= 0 && /(^|\+)auto$/.test(GOTOOLCHAIN);
  if (compareVersions(version, goVersion) < 0 && !fetches) {
    throw new Error(
      `The Go on PATH is ${version} (GOTOOLCHAIN=${GOTOOLCHAIN}), needed is ${goVersion}. ${remedy}`,
    );
  }
  return { version, buildCache: GOCACHE, moduleCache: GOMODCACHE };
}

/**
 * Builds the programs into `folder`. They are built in `scratch`, an empty folder on the same file system, and appear by
 * rename. Throws with the end of the compiler's output.
 */
export async function build(
  { module, tools }: BuildOrder,
  folder: string,
  scratch: string,
  say: (detail: string) => void = () => undefined,
  runGo: RunGo = goCommand,
): Promise<void> {
  const source = path.join(__dirname, module);
  const packages = tools.map((tool) => tool.package);
  let downloads = 0;
  const modulesComing = (line: string) => {
    if (line.startsWith("go: downloading "))
      say(`Go modules: ${++downloads} fetched, ${line.split(" ")[2] ?? ""}`);
  };
  say("looking at the packages");
  // What the build cache has is not built again, so it does not count.
  const list = ["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", ...packages];
  const total = (await runGo(list, source, modulesComing)).split("\n").filter(Boolean).length;

  let done = 0;
  const packagesDone = (line: string) => {
    modulesComing(line);
    // With -v the go command names each package that it compiles; everything else that it says has spaces in it.
    if (line.includes(" ")) return;
    done = Math.min(done + 1, total);
    say(done < total ? `package ${done} of ${total}` : `package ${done} of ${total}, linking`);
  };
  // A single package takes the name given; several are named after the last part of their path, as the programs are.
  const output = tools.length === 1 ? path.join(scratch, tools[0]!.name) : `${scratch}/`;
  const ldflags = ["-s -w", ...modules[module].ldflags].join(" ");
  await runGo(["build", "-v", "-ldflags", ldflags, "-o", output, ...packages], source, packagesDone);

  await fs.mkdir(folder, { recursive: true });
  // Before the programs: where one of these is, its files are too.
  await copyFiles(
    module,
    tools.flatMap(({ files = [] }) => files),
    folder,
    runGo,
  );
  for (const { name } of tools) await fs.rename(path.join(scratch, name), path.join(folder, name));
}

async function copyFiles(module: ModuleName, files: string[], folder: string, runGo: RunGo): Promise<void> {
  if (files.length === 0) return;
  const args = ["list", "-m", "-f", "{{.Dir}}", modules[module].requires.path];
  const source = (await runGo(args, path.join(__dirname, module))).trim();
  for (const file of files) {
    const target = path.join(folder, path.basename(file));
    await fs.rm(target, { force: true });
    await fs.copyFile(path.join(source, file), target);
    // The module cache is read-only, and so would the copy be.
    await fs.chmod(target, 0o644);
  }
}

/**
 * GOGC=800: less garbage collection in the compiler, a sixth less time. No cgo: the programs run without the machine's
 * C library, and no C compiler is needed. Go's caches are in the rehearsal's own, and writable, so that deleting that one
 * folder gives all of the disk back.
 */
function goCommand(args: string[], folder: string, onErrorLine?: (line: string) => void): Promise<string> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GOGC: "800",
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly -modcacherw",
    GOCACHE: path.join(cache, "go", "build"),
    GOMODCACHE: path.join(cache, "go", "mod"),
    GOWORK: "off",
  };
  // For this machine, whatever the user builds for otherwise.
  delete env.GOOS;
  delete env.GOARCH;
  return run("go", args, { cwd: folder, env, onErrorLine });
}
