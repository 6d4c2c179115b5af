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
export const templateFolder = "etc/nginx/templates";

/** Where the image writes what it has filled in, without `.template`. */
const FILLED_IN = "/etc/nginx/conf.d";

/**
 * Reads the little of nginx's configuration that the page uses: `listen`, `charset`, `add_header`, and a root and `try_files`
 * that lead to another of the templates.
 *
 * @param templates texts by the names of their files
 * @throws Error when nginx would not serve a page of them
 */
export function pageOf(templates: Record<string, string>, env: Record<string, string>): Omit<Page, "host"> {
  const filledIn = (name: string) =>
    templates[`${name}.template`]?.replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, one?: string, other?: string) => {
      return env[one ?? other ?? ""] ?? whole;
    });
  const text = filledIn("default.conf") ?? "";
  const directive = (name: string) =>
    new RegExp(`^\\s*${name}\\s+(\\S+)(?:\\s+=404)?\\s*;`, "m").exec(text)?.[1];
  const port = Number(directive("listen"));
  const file = directive("root") === FILLED_IN ? directive("try_files") : undefined;
  const body = file?.startsWith("/") ? filledIn(file.slice(1)) : undefined;
  if (!port || !file?.endsWith(".html") || body === undefined) {
    throw new Error(`the page's template has no listen, or no root ${FILLED_IN} and try_files of a template`);
  }
  const headers = [...text.matchAll(/^\s*add_header\s+(\S+)\s+(?:"([^"]*)"|([^\s";]+))\s*;/gm)].map(
    ([, name = "", quoted, word]) => [name.toLowerCase(), quoted ?? word],
  );
  const charset = directive("charset");
  return {
    port,
    type: charset ? `text/html; charset=${charset}` : "text/html",
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  };
}
