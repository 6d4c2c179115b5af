import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

const FOLDER = path.join(__dirname, "verifyPage");

/** Where the image puts filled-in templates. Its configuration reads only what ends in `.conf` there. */
const ROOT = "/etc/nginx/conf.d";

export interface PageArgs {
  /** The one that answers. */
  cluster: string;
  /** All of the mesh. */
  clusters: string[];
  port: number;
}

/**
 * The verify workload's page and the server that sends it, as templates for nginx's image. It fills in `${POD_NAME}` when it
 * starts: https://hub.docker.com/_/nginx, "Using environment variables". A file and no `return`, whose text may have
 * 4 KB at most. The page loads nothing: its script and style are admitted by their hashes.
 */
export function verifyPage({ cluster, clusters, port }: PageArgs): Record<string, string> {
  const [script, style] = [read("page.js"), read("page.css")];
  const page = [
    ['<link rel="stylesheet" href="page.css" />', `<style>${style}</style>`],
    ['<script src="page.js"></script>', `<script>${script}</script>`],
    ["{{CLUSTERS}}", clusters.join(" ")],
    ["{{CLUSTER}}", cluster],
  ].reduce((text, [from = "", to = ""]) => text.replaceAll(from, () => to), read("page.html"));
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    "default.conf.template": `server {
  listen ${port};
  root ${ROOT};
  charset utf-8;
  add_header Cache-Control no-store;
  add_header Content-Security-Policy "${policy}";
  add_header X-Content-Type-Options nosniff;
  add_header X-Answered-Pod \${POD_NAME};
  add_header X-Answered-Cluster ${cluster};
  location / {
    try_files /page.html =404;
  }
}
`,
    "page.html.template": page,
  };
}

function read(name: string): string {
  return fs.readFileSync(path.join(FOLDER, name), "utf8");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
