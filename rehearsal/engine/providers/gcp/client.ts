import * as http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Call, Operation } from "../../../google/project";
import { socketVariable, type ErrorBody } from "../../../google/server";

/** A refusal of one of Google's APIs. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(`googleapi: Error ${status}: ${message}${reason ? `, ${reason}` : ""}`);
    this.name = "ApiRefusal";
  }
}

function post(
  socketPath: string,
  text: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath,
      path: "/",
      method: "POST",
      signal,
      headers: { "content-type": "application/json" },
    };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 500, text: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    request.on("error", reject).end(text);
  });
}

/** Milliseconds before each further try; the real provider goes on until the operation's own timeout. */
const waits = [500, 1000, 2000, 4000, 8000];

/**
 * What the real provider tries again, for every API:
 * https://github.com/hashicorp/terraform-provider-google/blob/main/google/transport/error_retry_predicates.go
 * A create that was carried out, but whose answer was lost, is tried again too: that one says "already exists".
 */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) {
    return [429, 500, 502, 503].includes(error.status) || error.reason === "operationInProgress";
  }
  return (error as NodeJS.ErrnoException).code === "ECONNRESET";
}

/**
 * A call to the simulated project, tried again where the real provider would.
 * @throws ApiRefusal when it refuses; an Error that says what to do when nobody listens
 */
export async function callProject(
  operation: Operation,
  type: string,
  call: Call,
  signal: AbortSignal,
): Promise<Answer> {
  for (const wait of waits) {
    try {
      return await once(operation, type, call, signal);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await sleep(wait, undefined, { signal });
  }
  return once(operation, type, call, signal);
}

async function once(operation: Operation, type: string, call: Call, signal: AbortSignal): Promise<Answer> {
  const socketPath = process.env[socketVariable];
  if (!socketPath)
    throw new Error(
      `The gcp stand-in needs ${socketVariable}: run pulumi in the rehearsal's shell (npm run shell).`,
    );
  const answer = await post(socketPath, JSON.stringify({ operation, type, ...call }), signal).catch(
    (error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT" && code !== "ECONNREFUSED") throw error;
      throw new Error(
        `The simulated Google project does not run (${socketPath}): start it with npm start -- --keep.`,
      );
    },
  );
  const value = JSON.parse(answer.text) as Answer | ErrorBody;
  if ("error" in value) throw new ApiRefusal(value.error.code, value.error.reason, value.error.message);
  return value;
}
