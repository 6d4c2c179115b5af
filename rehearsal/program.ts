import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument } from "yaml";
import { checkout, layout } from "./layout";

/** The simulated project's id, and its number. */
export const PROJECT = { id: "rehearsal", number: "410000000001" };

/** What a file is called that belongs to a stack, and the stack's name in it. */
const STACK_FILE = /^Pulumi\.(.+)\.yaml$/;

/**
 * Makes the folder in which the engine finds the program: links to everything in the checkout, so that an edit there is seen
 * at once, but stack files of its own. The engine writes the stack's salt into those, and a rehearsal's project id goes there,
 * as it would on the way to a real project.
 */
export function prepareProgram(): void {
  fs.mkdirSync(layout.program, { recursive: true });
  const files = fs.readdirSync(checkout).filter((name) => !/^\.(git$|rehearsal)/.test(name));
  for (const name of fs.readdirSync(layout.program)) {
    if (!files.includes(name)) {
      fs.rmSync(path.join(layout.program, name));
    }
  }
  for (const name of files) {
    const [target, link] = [path.join(checkout, name), path.join(layout.program, name)];
    if (STACK_FILE.test(name)) {
      writeStackFile(target, link);
    } else if (!isLinkTo(link, target)) {
      fs.rmSync(link, { force: true });
      fs.symlinkSync(target, link);
    }
  }
  if (!fs.existsSync(passphraseFile)) {
    fs.writeFileSync(passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
}

/** Writes the rehearsed program's Pulumi.yaml: the checkout's, with other fields in its mesh. */
export function describeMesh(fields: Record<string, unknown>): void {
  const document = parseDocument(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8"));
  for (const [field, value] of Object.entries(fields)) {
    document.setIn(["config", "mesh", "value", field], document.createNode(value));
  }
  const file = path.join(layout.program, "Pulumi.yaml");
  // It is a link to the checkout's own.
  fs.rmSync(file);
  fs.writeFileSync(file, document.toString());
}

/** Encrypts the secrets in the rehearsal's state, as a key management service would. */
export const passphraseFile = path.join(layout.program, "..", "passphrase");

/** The stacks of the checkout, by their files. */
export function stacksOf(folder: string): string[] {
  return fs.readdirSync(folder).flatMap((name) => STACK_FILE.exec(name)?.slice(1) ?? []);
}

/** The stack file as it is in the checkout, with the project, and what the engine wrote into the last one. */
function writeStackFile(source: string, target: string): void {
  const document = parseDocument(fs.readFileSync(source, "utf8"));
  document.setIn(["config", "gcp:project"], PROJECT.id);
  if (fs.existsSync(target)) {
    const written = parseDocument(fs.readFileSync(target, "utf8"));
    for (const key of ["secretsprovider", "encryptionsalt"]) {
      const value = written.get(key);
      if (value !== undefined) {
        document.set(key, value);
      }
    }
  }
  fs.writeFileSync(target, document.toString());
}

function isLinkTo(link: string, target: string): boolean {
  return (
    fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
    fs.readlinkSync(link) === target
  );
}
