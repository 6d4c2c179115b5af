import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { GoogleError } from "./errors";
import type { Answer, Call, Operation, SimulatedProject } from "./project";

/** Path of the unix socket, for provider processes. */
export const socketVariable = "REHEARSAL_GOOGLE_SOCKET";

/** What a failed call answers. */
export interface ErrorBody {
  error: { code: number; reason: string; message: string };
}

async function body(request: http.IncomingMessage): Promise<{ operation: Operation; type: string } & Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as { operation: Operation; type: string } & Call;
}

async function answer(
  project: SimulatedProject,
  request: http.IncomingMessage,
  response: http.ServerResponse,
) {
  try {
    const { operation, type, ...call } = await body(request);
    send(response, 200, await project.call(operation, type, call));
  } catch (error) {
    const known = error instanceof GoogleError;
    const message = error instanceof Error ? error.message : String(error);
    const code = known ? error.status : 500;
    send(response, code, { error: { code, reason: known ? error.reason : "internalError", message } });
  }
}

function send(response: http.ServerResponse, status: number, value: Answer | ErrorBody): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/**
 * Serves the project on a unix socket that only this user can open: `POST /` with
 * `{operation, type, id?, properties?}`, answered by `{id?, properties}` or `{error}`.
 */
export async function serveProject(project: SimulatedProject, socketPath: string): Promise<http.Server> {
  fs.mkdirSync(path.dirname(socketPath), { recursive: true, mode: 0o700 });
  // A socket that a killed host left behind would be "address in use".
  fs.rmSync(socketPath, { force: true });
  const server = http.createServer((request, response) => void answer(project, request, response));
  // Creating a cluster takes longer than node's default of five minutes may allow on a slow machine.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(socketPath, resolve);
  });
  fs.chmodSync(socketPath, 0o600);
  return server;
}
