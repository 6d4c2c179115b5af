import { HttpsProxyAgent } from "https-proxy-agent";
import * as http from "node:http";
import * as https from "node:https";
import { getProxyForUrl } from "proxy-from-env";

/** As Google's provider finds it: https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference */
const ENDPOINT = "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT";

const DEADLINE_MS = 15_000;

/** What Resource Manager said: which permissions the caller has, or why it does not say. */
export type Answer =
  | { granted: string[] }
  | {
      /** HTTP status; 0 where there was no answer. */
      status: number;
      /** Google's word for the reason, such as `SERVICE_DISABLED`; empty where there is none. */
      reason: string;
      /** The project whose API is off, where that is the reason: `projects/<number>`. */
      consumer?: string;
      message: string;
    };

/**
 * Asks which of these permissions the caller has in the project. It takes no permission of its own.
 *
 * https://cloud.google.com/resource-manager/reference/rest/v1/projects/testIamPermissions
 */
export async function testPermissions(
  project: string,
  token: string,
  permissions: string[],
): Promise<Answer> {
  const base = process.env[ENDPOINT] ?? "https://cloudresourcemanager.googleapis.com/v1/";
  const url = new URL(`projects/${encodeURIComponent(project)}:testIamPermissions`, base);
  try {
    const { status, text } = await post(url, token, JSON.stringify({ permissions }));
    const body = JSON.parse(text) as { permissions?: string[]; error?: GoogleError };
    return status === 200 ? { granted: body.permissions ?? [] } : { status, ...saidBy(body.error) };
  } catch (error) {
    return { status: 0, reason: "", message: error instanceof Error ? error.message : String(error) };
  }
}

/** https://cloud.google.com/apis/design/errors#error_model */
interface GoogleError {
  message?: string;
  details?: { reason?: string; metadata?: { consumer?: string } }[];
}

function saidBy({ message = "no reason given", details = [] }: GoogleError = {}) {
  const info = details.find(({ reason }) => reason !== undefined);
  return { message, reason: info?.reason ?? "", consumer: info?.metadata?.consumer };
}

function post(url: URL, token: string, body: string): Promise<{ status: number; text: string }> {
  const proxy = getProxyForUrl(url.href);
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        agent: proxy ? new HttpsProxyAgent(proxy) : undefined,
        signal: AbortSignal.timeout(DEADLINE_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
        response.on("error", reject);
      },
    );
    sent.on("error", reject).end(body);
  });
}
