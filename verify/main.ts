import * as fs from "node:fs";
import * as path from "node:path";
import { messageOf } from "./check";
import { parseOptions, USAGE, type Options } from "./options";
import { picture } from "./picture";
import { formatChecks, formatProblems, summary } from "./table";
import { verify, type Verification } from "./verify";

/** @returns the exit code. */
async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const result = await verify({ ...options, folder: projectFolder(options.cwd) });
  console.log(options.json ? JSON.stringify(result, undefined, 2) : forPeople(result, options));
  return result.checks.some(({ status }) => status === "failed") ? 1 : 0;
}

/** @throws with a message for people. */
function projectFolder(cwd: string): string {
  const folder = path.resolve(cwd);
  if (!fs.existsSync(path.join(folder, "Pulumi.yaml"))) {
    throw new Error(`There is no Pulumi.yaml in ${folder}: write --cwd FOLDER, where the program is`);
  }
  return folder;
}

function forPeople({ checks, scene, notAsked }: Verification, { stacks }: Options): string {
  const format = {
    color: process.stdout.isTTY && !process.env.NO_COLOR,
    width: process.stdout.columns ?? 110,
  };
  const problems = formatProblems(checks, format);
  return [
    formatChecks(checks, format),
    "",
    picture(scene, checks),
    "",
    ...(problems ? [problems, ""] : []),
    `${summary(checks)} Stacks: ${stacks.join(", ")}.`,
    ...(notAsked.length > 0
      ? [`Not asked: ${notAsked.join(", ")}. Name the stacks of these clusters too.`]
      : []),
  ].join("\n");
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const usage = error instanceof TypeError || /^(-|No stack)/.test(messageOf(error));
    console.error(usage ? `${messageOf(error)}\n\n${USAGE}` : messageOf(error));
    process.exitCode = 2;
  },
);
