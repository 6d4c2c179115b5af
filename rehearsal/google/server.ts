import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { type Gate, jsonReply, type Reply } from "../chaos/gate";
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
  gate: Gate,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { operation, type, ...call } = await body(request);
  const reply = await gate(
    {
      api: "google",
      operation: operation === "invoke" ? "read" : operation,
      subject: [type, call.id].filter(Boolean).join(" "),
    },
    () => carryOut(project, operation, type, call),
  );
  if (reply) {
    response.writeHead(reply.status, reply.headers).end(reply.body);
  } else {
    request.socket.destroy();
  }
}

async function carryOut(
  project: SimulatedProject,
  operation: Operation,
  type: string,
  call: Call,
): Promise<Reply> {
  try {
    return jsonReply(200, (await project.call(operation, type, call)) satisfies Answer);
  } catch (error) {
    const known = error instanceof GoogleError;
    const message = error instanceof Error ? error.message : String(error);
    const code = known ? error.status : 500;
    const reason = known ? error.reason : "internalError";
    return jsonReply(code, { error: { code, reason, message } } satisfies ErrorBody);
  }
}

/**
 * Serves the project on a unix socket that only this user can open: `POST /` with
 * `{operation, type, id?, properties?}`, answered by `{id?, properties}` or `{error}`.
 */
export async function serveProject(
  project: SimulatedProject,
  socketPath: string,
  gate: Gate = (_call, carryOut) => carryOut(),
): Promise<http.Server> {
  fs.mkdirSync(path.dirname(socketPath), { recursive: true, mode: 0o700 });
  // A socket that a killed host left behind would be "address in use".
  fs.rmSync(socketPath, { force: true });
  const server = http.createServer(
    (request, response) => void answer(project, gate, request, response).catch(() => response.destroy()),
  );
  // Creating a cluster takes longer than node's default of five minutes may allow on a slow machine.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(socketPath, resolve);
  });
  fs.chmodSync(socketPath, 0o600);
  return server;
}
