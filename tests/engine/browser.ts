import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable, Writable } from "node:stream";

/** Names under which distributions install it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** The program: `CHROMIUM`, or the first of its names on PATH; undefined when this machine has none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return process.env.CHROMIUM || candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Message {
  id?: number;
  method?: string;
  params?: object;
  result?: object;
  error?: { message: string };
}

/**
 * A browser without a window and its one page, by the DevTools protocol on a pipe: https://chromedevtools.github.io/devtools-protocol/
 * It trusts the certificates of this machine's loopback, whoever made them.
 */
export class Browser {
  /** What the page complained of: exceptions, and what the console shows as an error. */
  readonly errors: string[] = [];
  private readonly waiting = new Map<
    number,
    { resolve: (result: object) => void; reject: (e: Error) => void }
  >();
  private sent = 0;
  private session?: string;
  private onLoad: () => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    let text = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (text + chunk).split("\0");
      text = parts.pop() ?? "";
      parts.forEach((part) => this.take(JSON.parse(part) as Message));
    });
    child.on("exit", () => this.waiting.forEach(({ reject }) => reject(new Error("the browser has ended"))));
  }

  static async start(program: string): Promise<Browser> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "browser-"));
    const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const child = spawn(
      program,
      [
        "--headless=new",
        "--remote-debugging-pipe",
        "--no-first-run",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-proxy-server",
        "--allow-insecure-localhost",
        "--ignore-certificate-errors",
        `--user-data-dir=${folder}`,
        ...root,
      ],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    const browser = new Browser(child, folder);
    const { targetId } = (await browser.call("Target.createTarget", { url: "about:blank" })) as {
      targetId: string;
    };
    const attached = await browser.call("Target.attachToTarget", { targetId, flatten: true });
    browser.session = (attached as { sessionId: string }).sessionId;
    for (const domain of ["Page", "Runtime", "Log"]) {
      await browser.call(`${domain}.enable`);
    }
    return browser;
  }

  /** Opens an address, and waits until the page is there. */
  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => (this.onLoad = resolve));
    await this.call("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = (await this.call("Runtime.evaluate", { expression, returnByValue: true })) as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (answer.exceptionDetails) {
      const { text, exception } = answer.exceptionDetails;
      throw new Error(`${expression}: ${exception?.description ?? text}`);
    }
    return answer.result.value;
  }

  /** What a person's system and window are like. */
  async look({ scheme, width }: { scheme: "light" | "dark"; width: number }): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.call("Emulation.setEmulatedMedia", { features });
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await this.call("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** The whole page as PNG. */
  async picture(): Promise<Buffer> {
    const options = { format: "png", captureBeyondViewport: true };
    const { data } = (await this.call("Page.captureScreenshot", options)) as { data: string };
    return Buffer.from(data, "base64");
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    // Killed, it would leave processes behind that still write into the folder.
    this.session = undefined;
    await this.call("Browser.close").catch(() => undefined);
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private call(method: string, params: object = {}): Promise<object> {
    const id = ++this.sent;
    const message = { id, method, params, ...(this.session ? { sessionId: this.session } : {}) };
    (this.child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const call = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) {
        call?.reject(new Error(error.message));
      } else {
        call?.resolve(result ?? {});
      }
    } else if (method === "Page.loadEventFired") {
      this.onLoad();
    } else if (method === "Runtime.exceptionThrown" || isError(method, params)) {
      this.errors.push(JSON.stringify(params));
    }
  }
}

function isError(method: string | undefined, params: object | undefined): boolean {
  const { type, entry } = (params ?? {}) as { type?: string; entry?: { level: string } };
  return (method === "Runtime.consoleAPICalled" && type === "error") || entry?.level === "error";
}
