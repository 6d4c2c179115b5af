import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { type Ca, issue } from "../certificates";
import { requireEnabled } from "./enabled";
import { GoogleError } from "./errors";
import type { SimulatedProject } from "./project";

/** Its name on the internet. */
export const RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com";

/** A permission's form: `service.resources.verb`. Which ones exist is not known here. */
const PERMISSION = /^[a-z][a-zA-Z]*\.[a-zA-Z]+\.[a-zA-Z]+$/;

export interface ResourceManager {
  /** On 127.0.0.1. */
  port: number;
  close(): void;
}

/**
 * The one question of Cloud Resource Manager that is asked without the provider: `projects.testIamPermissions`. The caller is
 * the project's owner, but for what a file takes away.
 *
 * @param withheld a JSON list of permissions that the caller lacks; there is mostly none.
 */
export async function serveResourceManager(
  project: SimulatedProject,
  publicCa: Ca,
  withheld: string,
): Promise<ResourceManager> {
  const { certificate, key } = issue(publicCa, { cn: RESOURCE_MANAGER, dns: [RESOURCE_MANAGER] });
  const server = https.createServer({ cert: certificate, key }, (request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { status, body } = answer(project, withheld, {
        line: `${request.method} ${request.url}`,
        authorization: request.headers.authorization ?? "",
        text: Buffer.concat(chunks).toString(),
      });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Question {
  /** Method and path. */
  line: string;
  authorization: string;
  text: string;
}

/** https://cloud.google.com/resource-manager/reference/rest/v1/projects/testIamPermissions */
export function answer(
  project: SimulatedProject,
  withheld: string,
  { line, authorization, text }: Question,
): { status: number; body: object } {
  const asked = /^POST \/v1\/projects\/([^/:]+):testIamPermissions$/.exec(line)?.[1];
  if (asked === undefined) return failure(404, "NOT_FOUND", `Method not found: ${line}`);
  if (!/^Bearer .+/.test(authorization)) {
    return failure(401, "UNAUTHENTICATED", "Request is missing required authentication credential.");
  }
  try {
    requireEnabled(project, RESOURCE_MANAGER);
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    return failure(403, "PERMISSION_DENIED", error.message, [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "SERVICE_DISABLED",
        domain: "googleapis.com",
        metadata: { service: RESOURCE_MANAGER, consumer: `projects/${project.number}` },
      },
    ]);
  }
  if (asked !== project.projectId && asked !== project.number) {
    return failure(403, "PERMISSION_DENIED", "The caller does not have permission");
  }
  const { permissions = [] } = JSON.parse(text) as { permissions?: string[] };
  const wrong = permissions.find((one) => !PERMISSION.test(one));
  if (wrong !== undefined || permissions.length > 100) {
    return failure(400, "INVALID_ARGUMENT", `Permission ${wrong} is not valid for this resource.`);
  }
  const lacking = fs.existsSync(withheld) ? (JSON.parse(fs.readFileSync(withheld, "utf8")) as string[]) : [];
  const granted = permissions.filter((one) => !lacking.includes(one));
  // A list without elements is left out.
  return { status: 200, body: granted.length > 0 ? { permissions: granted } : {} };
}

function failure(code: number, status: string, message: string, details: object[] = []) {
  const error = { code, message, status, ...(details.length > 0 && { details }) };
  return { status: code, body: { error } };
}
