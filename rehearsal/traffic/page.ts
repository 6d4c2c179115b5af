import * as path from "node:path";

/** What the verify workload's server answers, as page.mjs takes it. */
export interface Page {
  host: string;
  port: number;
  type: string;
  headers: Record<string, string>;
  body: string;
}

/** The script that answers; plain JavaScript, so that each pod is one small process. */
export const pageScript = path.join(__dirname, "page.mjs");

/** Where nginx's image looks for templates: https://hub.docker.com/_/nginx, "Using environment variables". */
export const templateFile = "etc/nginx/templates/default.conf.template";

/**
 * Reads the little of nginx's configuration that the page uses: `listen`, `default_type`, `add_header` and `return 200 '...'`.
 * @throws Error for a template without the first or the last.
 */
export function pageOf(template: string, env: Record<string, string>): Omit<Page, "host"> {
  const text = template.replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
  const port = Number(/^\s*listen\s+(\d+)\s*;/m.exec(text)?.[1]);
  const body = /^\s*return\s+200\s+'((?:[^'\\]|\\.)*)'\s*;/ms.exec(text)?.[1];
  if (!port || body === undefined) {
    throw new Error("the page's template has no listen or no return 200 '...'");
  }
  const headers = [...text.matchAll(/^\s*add_header\s+(\S+)\s+(\S+)\s*;/gm)].map(
    ([, name = "", value = ""]) => [name.toLowerCase(), value],
  );
  return {
    port,
    type: /^\s*default_type\s+(\S+)\s*;/m.exec(text)?.[1] ?? "text/plain",
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body.replace(/\\n/g, "\n").replace(/\\(['\\])/g, "$1"),
  };
}
