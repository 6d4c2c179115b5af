import { isObject } from "./values";

/** In a kubeconfig's user: what runs a program or reads a file in istiod's pod, or is a key that nobody can withdraw. */
const FORBIDDEN = [
  "exec",
  "auth-provider",
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "username",
  "password",
  "tokenFile",
];
const UNVERIFIED = "insecure-skip-tls-verify";

const NO_TOKEN = "has no token: write a service account's token";
const SKIPS_TLS =
  `has ${UNVERIFIED}, so that anybody can take the token: leave it out, and write ` +
  "certificate-authority-data";
const PLAIN_HTTP =
  "has a server that is none of https://, so that anybody can read the token: write https://";
const CONCEALED = "has keys with escapes, aliases or question marks: write every key as it is, or JSON";

/**
 * What is wrong with a remote secret's kubeconfig; undefined when nothing is. JSON is parsed. YAML is not, as the pack has no
 * parser for it: there, whatever could spell a key in another way is refused.
 */
export function kubeconfigProblem(text: string): string | undefined {
  const parsed = parsedJson(text);
  return isObject(parsed) ? problemOfFields([...fieldsOf(parsed)]) : problemOfYaml(text);
}

function signsInWith(key: string): string {
  return `signs in with ${key}: write a service account's token`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Field = [key: string, value: unknown];

function* fieldsOf(value: unknown): Generator<Field> {
  if (isObject(value)) {
    for (const field of Object.entries(value)) {
      if (!Array.isArray(value)) {
        yield field;
      }
      yield* fieldsOf(field[1]);
    }
  }
}

function problemOfFields(fields: Field[]): string | undefined {
  const forbidden = fields.find(([key]) => FORBIDDEN.includes(key))?.[0];
  if (forbidden !== undefined) {
    return signsInWith(forbidden);
  }
  if (fields.some(([key, value]) => key === UNVERIFIED && value !== false)) {
    return SKIPS_TLS;
  }
  if (fields.some(([key, value]) => key === "server" && !/^https:/i.test(String(value)))) {
    return PLAIN_HTTP;
  }
  const tokens = fields.filter(([key]) => key === "token");
  return tokens.length > 0 && tokens.every(([, value]) => typeof value === "string" && value !== "")
    ? undefined
    : NO_TOKEN;
}

/** Escapes that spell a letter or join two lines; an alias as a key; a key that its colon may follow on another line. */
const SPELLED_OTHERWISE = /\\(?:[xuU]|\r?\n)|(?:^|[\s{,])\*[^\s,{}[\]]+\s*:|(?:^|[\s{,[-])\?\s/;

/** Where a key may start. YAML takes U+0085 for a line's end, too. */
const BEFORE_KEY = `(?:^|[\\s\\u0085{,"'])`;
const FORBIDDEN_IN_YAML = new RegExp(`${BEFORE_KEY}(${FORBIDDEN.join("|")})["']?\\s*:\\s*[^\\s,}]`);
const FALSE = `[ \\t]*false(?:[ \\t]*(?:[,}\\r\\n]|$)|[ \\t]+#)`;
const UNVERIFIED_IN_YAML = new RegExp(`${UNVERIFIED}["']?\\s*:(?!${FALSE})`);
const PLAIN_SERVER = new RegExp(`${BEFORE_KEY}server["']?\\s*:(?![ \\t]*["']?https:)`, "i");

/** A line or a flow mapping starts with it, so that a name that speaks of a token is none. */
const TOKEN_KEY = `(?:^|[{,])[ \\t]*(?:-[ \\t]+)*["']?token["']?[ \\t]*:[ \\t]*`;
const TOKEN = new RegExp(`${TOKEN_KEY}["']?[\\w-]`, "m");
const EMPTY_TOKEN = new RegExp(`${TOKEN_KEY}(?:(?:""|''|~|null)[ \\t]*)?(?:[,}]|$)`, "im");

function problemOfYaml(text: string): string | undefined {
  if (SPELLED_OTHERWISE.test(text)) {
    return CONCEALED;
  }
  const forbidden = FORBIDDEN_IN_YAML.exec(text)?.[1];
  if (forbidden !== undefined) {
    return signsInWith(forbidden);
  }
  if (UNVERIFIED_IN_YAML.test(text)) {
    return SKIPS_TLS;
  }
  if (PLAIN_SERVER.test(text)) {
    return PLAIN_HTTP;
  }
  // The faults above are looked for in comments too: what looks like one may stand in a text.
  const withoutComments = text.replace(/(^|\s)#.*$/gm, "$1");
  return TOKEN.test(withoutComments) && !EMPTY_TOKEN.test(withoutComments) ? undefined : NO_TOKEN;
}
