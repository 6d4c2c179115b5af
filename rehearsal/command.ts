/** A command of the rehearsal, as it is typed. */
export interface Command<Options extends { help: boolean }> {
  usage: string;
  /** @throws with a message for people when an option is not one. */
  parse: (args: string[]) => Options;
  /** @returns whether all is well. */
  run: (options: Options) => Promise<boolean>;
  /** For people, after what went wrong: what is left, and where to look. */
  afterwards: string;
}

/** Runs a command, and ends the process: with 0 when all is well, 1 when not, 2 for an option that is none. */
export async function runCommand<Options extends { help: boolean }>(
  command: Command<Options>,
): Promise<void> {
  process.exit(await exitCode(command, process.argv.slice(2)));
}

/** Runs a command. @returns the exit code */
export async function exitCode<Options extends { help: boolean }>(
  { usage, parse, run, afterwards }: Command<Options>,
  args: string[],
): Promise<number> {
  let options: Options;
  try {
    options = parse(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  try {
    return (await run(options)) ? 0 : 1;
  } catch (error) {
    console.error(`\n${messageOf(error)}\n\n${afterwards}`);
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
