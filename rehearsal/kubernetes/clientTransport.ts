import * as fs from "node:fs";
import * as tls from "node:tls";
import { Agent, Dispatcher, ProxyAgent } from "undici";
import { ApiError, ConnectionError, StatusBody } from "./clientTypes";

export interface TransportOptions {
  /** `https://host[:port]`. */
  server: string;
  /** PEM. Default: what Node trusts, which includes NODE_EXTRA_CA_CERTS, and the file that SSL_CERT_FILE names. */
  ca?: string;
  /** PEM, both or neither. */
  clientCertificate?: string;
  clientKey?: string;
  /** The name that the server's certificate must carry, when it is not the host of `server`. */
  serverName?: string;
  insecure?: boolean;
  token?: string;
  /** Asked before each request; `renew` after the server refused the last answer. */
  getToken?: (renew: boolean) => Promise<string>;
  /** `http://host:port` of a CONNECT proxy. */
  proxy?: string;
}

export interface SendOptions {
  body?: unknown;
  contentType?: string;
  query?: Record<string, string>;
  signal?: AbortSignal;
  /** No limit on the time between two pieces of the body: for watches. */
  endless?: boolean;
}

/** Failures of a connection that was kept open and closed by the other side in the meantime: safe to repeat for reads. */
const stale = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
/** As client-go: https://github.com/kubernetes/client-go/blob/master/rest/request.go (10 retries). */
const attempts = 11;

/** One API server: TLS, proxy, credentials, and errors as `ApiError` or `ConnectionError`. */
export class Transport {
  private readonly dispatcher: Dispatcher;
  private readonly server: URL;

  constructor(private readonly options: TransportOptions) {
    this.server = new URL(options.server);
    const connect = {
      ca: options.ca ?? extraRoots(),
      cert: options.clientCertificate,
      key: options.clientKey,
      rejectUnauthorized: !options.insecure,
      ...(options.serverName ? { servername: options.serverName } : {}),
    };
    this.dispatcher = options.proxy
      ? new ProxyAgent({ uri: options.proxy, requestTls: connect })
      : new Agent({ connect });
  }

  async json<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
    const answer = await this.send(method, path, options);
    let text: string;
    try {
      text = await answer.body.text();
    } catch (error) {
      throw this.connectionError(error);
    }
    const json = (answer.headers["content-type"] ?? "").includes("json");
    return (json ? JSON.parse(text) : text) as T;
  }

  /** Repeats what the server asks to repeat (429 and 5xx with Retry-After), as client-go does. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Dispatcher.ResponseData> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const token = await this.token(false);
      let answer: Dispatcher.ResponseData;
      try {
        answer = await this.once(method, path, token, options);
      } catch (error) {
        if (options.signal?.aborted) {
          throw error;
        }
        if (method === "GET" && stale.has(codeOf(error)) && attempt < attempts) {
          continue;
        }
        throw this.connectionError(error);
      }
      if (answer.statusCode < 400) {
        return answer;
      }
      const text = await answer.body.text().catch(() => "");
      if (answer.statusCode === 401 && this.options.getToken && !renewed) {
        renewed = true;
        await this.token(true);
        continue;
      }
      const wait = Number(answer.headers["retry-after"]);
      if ((answer.statusCode === 429 || answer.statusCode >= 500) && wait > 0 && attempt < attempts) {
        await new Promise((resolve) => setTimeout(resolve, wait * 1000));
        continue;
      }
      throw apiError(answer.statusCode, text);
    }
  }

  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  private once(method: string, path: string, token: string | undefined, options: SendOptions) {
    const base = this.server.pathname.replace(/\/$/, "");
    return this.dispatcher.request({
      origin: this.server.origin,
      path: base + path + queryString(options.query),
      method: method,
      headers: {
        accept: "application/json",
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(options.body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
      headersTimeout: 60_000,
      bodyTimeout: options.endless ? 0 : 60_000,
    });
  }

  private async token(renew: boolean): Promise<string | undefined> {
    return this.options.getToken ? this.options.getToken(renew) : this.options.token;
  }

  private connectionError(error: unknown): ConnectionError {
    const via = this.options.proxy ? ` through the proxy ${this.options.proxy}` : "";
    return new ConnectionError(`${this.options.server}${via}: ${messageOf(error)}`, { cause: error });
  }
}

function apiError(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as StatusBody;
    return new ApiError(status, body.reason ?? "", body.message ?? text, body);
  } catch {
    return new ApiError(status, "", text.trim() || `HTTP ${status}`, text);
  }
}

/** Go programs trust SSL_CERT_FILE; so does this client, beside Node's own roots and NODE_EXTRA_CA_CERTS. */
function extraRoots(): string[] | undefined {
  const files = [process.env.SSL_CERT_FILE, process.env.NODE_EXTRA_CA_CERTS].filter(
    (file): file is string => !!file && fs.existsSync(file),
  );
  return process.env.SSL_CERT_FILE && files.length > 0
    ? [...tls.rootCertificates, ...files.map((file) => fs.readFileSync(file, "utf8"))]
    : undefined;
}

function queryString(query: Record<string, string> | undefined): string {
  const text = new URLSearchParams(query).toString();
  return text ? `?${text}` : "";
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** Connection failures to several addresses come as an AggregateError with an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) {
    return error.errors.map(messageOf).join(", ");
  }
  const { message, cause } = error as { message?: string; cause?: unknown };
  return [message || codeOf(error) || String(error), cause ? messageOf(cause) : ""]
    .filter(Boolean)
    .join(": ");
}
