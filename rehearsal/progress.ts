import { AsyncLocalStorage } from "node:async_hooks";
import { stripVTControlCharacters } from "node:util";

/** What a long command tells the person who waits for it. */
export interface Progress {
  /**
   * Runs `work` and shows it while it runs: with a terminal as a live line, without one as quiet lines.
   * A step that is started inside another step's work is indented under it; steps may run at the same time.
   * `say` replaces the detail shown behind the title. What `work` throws goes on to the caller.
   */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
  /** Something worth knowing; may have several lines. */
  note(line: string): void;
  /** Something that the reader should act on, or that was worked around. */
  warn(line: string): void;
}

/** The part of a terminal or file stream that progress needs. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface ProgressOptions {
  /** Default: standard output. */
  stream?: ProgressStream;
  /** Default: `process.env`; `NO_COLOR` and `TERM` are read. */
  env?: NodeJS.ProcessEnv;
  /** Milliseconds between two lines about a step that still runs, without a terminal. Default 30 000. */
  heartbeat?: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
}

interface Step {
  title: string;
  detail: string;
  depth: number;
  started: number;
}

type Colour = "green" | "red" | "yellow" | "dim";

const codes: Record<Colour, string> = { green: "32", red: "31", yellow: "33", dim: "2" };
const redraw = 200;

/** "0.4 s", "12 s", "3 min 04 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** Progress on `stream`: live lines on a terminal, otherwise a line at start and end and one each half minute. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream: ProgressStream = options.stream ?? process.stdout;
  const env = options.env ?? process.env;
  const now = options.now ?? Date.now;
  const heartbeat = options.heartbeat ?? 30_000;
  const terminal = stream.isTTY === true;
  // A dumb terminal cannot move its cursor. NO_COLOR counts when it is not empty: https://no-color.org
  const live = terminal && env.TERM !== "dumb";
  const coloured = live && !env.NO_COLOR;

  const current = new AsyncLocalStorage<Step>();
  const running: Step[] = [];
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const paint = (colour: Colour, text: string) => (coloured ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text);
  const indent = (depth: number) => "  ".repeat(depth);

  /** Moves the cursor over the live lines and clears them. */
  const erased = () => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : "");

  const liveLines = () => {
    const width = (stream.columns ?? 80) - 1;
    return running.map((step) => {
      const head = `${indent(step.depth)}… ${step.title}  ${duration(now() - step.started)}`;
      // A line that wraps would be two rows of the screen, and the next redraw would leave one of them behind.
      const detail = step.detail ? `  ${step.detail}`.slice(0, Math.max(0, width - head.length)) : "";
      return `${head.slice(0, width)}${detail && paint("dim", detail)}\n`;
    });
  };

  // One write for everything: no flicker, and other processes cannot write in between.
  const print = (text: string) => {
    if (!live) {
      stream.write(text);
      return;
    }
    const lines = liveLines();
    stream.write(`${erased()}${text}${lines.join("")}`);
    drawn = lines.length;
  };

  const tick = () => {
    if (!live) return;
    if (running.length === 0) {
      clearInterval(timer);
      timer = undefined;
    } else {
      timer ??= setInterval(() => {
        print("");
      }, redraw).unref();
    }
  };

  const begin = (title: string): { step: Step; end: (mark: string) => void } => {
    const parent = current.getStore();
    const step: Step = { title, detail: "", depth: parent ? parent.depth + 1 : 0, started: now() };
    const line = (mark: string) => `${indent(step.depth)}${mark} ${title}`;
    const elapsed = () => duration(now() - step.started);
    let beat: NodeJS.Timeout | undefined;
    // Children stand under their parent, also when another step has started in between.
    const last = running.findLastIndex((other) => other === parent || inside(other, parent));
    running.splice(parent && last >= 0 ? last + 1 : running.length, 0, step);
    parents.set(step, parent);
    if (live) print("");
    else {
      print(`${line("…")}\n`);
      beat = setInterval(() => {
        print(`${line("…")}  ${elapsed()}${step.detail && `  ${step.detail}`}\n`);
      }, heartbeat).unref();
    }
    tick();
    return {
      step,
      end: (mark) => {
        clearInterval(beat);
        running.splice(running.indexOf(step), 1);
        print(`${line(mark)}  ${paint("dim", elapsed())}\n`);
        tick();
      },
    };
  };

  const parents = new WeakMap<Step, Step | undefined>();
  const inside = (step: Step, ancestor: Step | undefined): boolean => {
    const parent = parents.get(step);
    return parent !== undefined && (parent === ancestor || inside(parent, ancestor));
  };

  return {
    async step(title, work) {
      const { step, end } = begin(title);
      try {
        const result = await current.run(step, () => work((detail) => (step.detail = oneLine(detail))));
        end(paint("green", "✓"));
        return result;
      } catch (error) {
        end(paint("red", "✗"));
        throw error;
      }
    },
    note: (line) => {
      print(`${line}\n`);
    },
    warn: (line) => {
      print(`${paint("yellow", "!")} ${line}\n`);
    },
  };
}

// Details often come from a program's output: control characters would disturb the live lines.
function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
}
