// The verify workload's server in a rehearsal, in the place of nginx: one page, and a line in the log for each request.
import { Buffer } from "node:buffer";
import console from "node:console";
import * as http from "node:http";
import process from "node:process";

const { host, port, type, headers, body } = JSON.parse(process.env.REHEARSAL_PAGE ?? "{}");

const server = http.createServer((request, response) => {
  // Who asked, as the sidecar has seen it in the client's certificate.
  const peer = /URI=([^;,]+)/.exec(String(request.headers["x-forwarded-client-cert"] ?? ""))?.[1];
  if (request.headers["user-agent"]?.startsWith("kube-probe") !== true) {
    console.log(JSON.stringify({ at: new Date(), method: request.method, path: request.url, peer }));
  }
  request.resume();
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405).end();
    return;
  }
  response.writeHead(200, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    ...headers,
    "x-rehearsal-pod": process.env.POD_NAME,
    ...(peer ? { "x-rehearsal-peer": peer } : {}),
  });
  response.end(body);
});
server.listen(port, host);

// As nginx's image: what is under way is finished first.
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
