import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a Resource Manager says to a list of permissions. */
export type Says = (asked: string[]) => { status: number; body: unknown };

const everything: Says = (permissions) => ({ status: 200, body: { permissions } });

/** A Resource Manager on loopback, found as Google's provider finds one of somebody's own. */
export async function withResourceManager<T>(
  says: Says,
  work: (asked: { line: string; authorization?: string; permissions: string[] }[]) => Promise<T>,
): Promise<T> {
  const asked: { line: string; authorization?: string; permissions: string[] }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { permissions } = JSON.parse(Buffer.concat(chunks).toString()) as { permissions: string[] };
      const { authorization } = request.headers;
      asked.push({ line: `${request.method} ${request.url}`, authorization, permissions });
      const { status, body } = says(permissions);
      response.writeHead(status, { connection: "close" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const before = process.env.GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT;
  const { port } = server.address() as AddressInfo;
  process.env.GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT = `http://127.0.0.1:${port}/v1/`;
  try {
    return await work(asked);
  } finally {
    if (before === undefined) delete process.env.GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT;
    else process.env.GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT = before;
    server.close();
  }
}

/** One that grants everything, for a run that is not about it. */
export function granting<T>(work: () => Promise<T>): Promise<T> {
  return process.env.GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT === undefined
    ? withResourceManager(everything, work)
    : work();
}
