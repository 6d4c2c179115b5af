import { spawn } from "node:child_process";
import type * as http from "node:http";
import * as net from "node:net";
import type { Duplex } from "node:stream";
import { joinSockets } from "../joinSockets";
import { fromHeader } from "../protocol";
import type { Sandboxes } from "./sandboxes";

// Joins its standard streams with a connection. Node itself: no netcat is on every machine.
const dial = `
const [host, port] = process.argv.slice(1);
const socket = require("net").connect({ host, port: Number(port), timeout: 3000 });
const fail = (text) => { process.stderr.write(text); process.exit(1); };
socket.on("timeout", () => fail("no answer in 3 s"));
socket.on("error", (error) => fail(error.message));
socket.on("connect", () => { socket.setTimeout(0); process.stderr.write("connected"); process.stdin.pipe(socket).pipe(process.stdout); });
`;

/**
 * Answers CONNECT: a connection from one of the namespaces to an address that can be reached from there. 502 with the reason
 * when it cannot.
 */
export function tunnel(request: http.IncomingMessage, client: Duplex, sandboxes: Sandboxes): void {
  client.on("error", () => client.destroy());
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(request.url ?? "") ?? [];
  const [kind, from = ""] = String(request.headers[fromHeader] ?? "").split(" ");
  if (kind === "sandbox") {
    fromSandbox(sandboxes.pid(from), host, port, client);
    return;
  }
  const server = net.connect({
    host,
    port: Number(port),
    allowHalfOpen: true,
    ...(from ? { localAddress: from } : {}),
  });
  const timer = setTimeout(() => server.destroy(new Error("no answer in 3 s")), 3000);
  const failed = (error: Error) => refuse(client, error.message);
  server.once("error", failed);
  server.once("connect", () => {
    clearTimeout(timer);
    server.off("error", failed);
    accept(client);
    joinSockets(client as net.Socket, server);
  });
}

function fromSandbox(pid: number, host: string, port: string, client: Duplex): void {
  const child = spawn(
    "nsenter",
    ["--target", `${pid}`, "--net", "--", process.execPath, "-e", dial, host, port],
    {
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  child.stdin.on("error", () => undefined);
  child.on("error", (error) => refuse(client, error.message));
  child.stderr.setEncoding("utf8").once("data", (text: string) => {
    if (text !== "connected") {
      refuse(client, text);
      return;
    }
    accept(client);
    client.pipe(child.stdin);
    child.stdout.pipe(client);
  });
  client.on("close", () => child.kill("SIGKILL"));
  child.on("exit", () => client.end());
}

function accept(client: Duplex): void {
  client.write("HTTP/1.1 200 Connection established\r\n\r\n");
}

function refuse(client: Duplex, reason: string): void {
  client.end(`HTTP/1.1 502 ${reason.replace(/[^\x20-\x7e]/g, " ")}\r\ncontent-length: 0\r\n\r\n`);
}
