import { Discovery } from "./clientDiscovery";
import { SendOptions, Transport, TransportOptions } from "./clientTransport";
import { ApiObject, ApiResource, ObjectRef, isNotFound } from "./clientTypes";
import { WatchEvent, watch } from "./clientWatch";
import { Kubeconfig, parseKubeconfig, transportOptions } from "./kubeconfig";

export { ApiError, ConnectionError, NoMatchError, isNotFound } from "./clientTypes";
export type { ApiObject, ApiResource, ObjectRef, StatusBody } from "./clientTypes";
export type { WatchEvent } from "./clientWatch";

export interface WriteOptions {
  /** Everything but storing it. Default false. */
  dryRun?: boolean;
  fieldManager?: string;
  /** `Strict` refuses unknown and duplicate fields. Default: the server's, `Warn`. */
  fieldValidation?: "Strict" | "Warn" | "Ignore";
}

/**
 * A thin client of one Kubernetes API server. Every method fails with `ApiError` (the server refused),
 * `ConnectionError` (no answer) or `NoMatchError` (the kind is not served).
 */
export class ApiClient {
  private readonly transport: Transport;
  private readonly discovery: Discovery;

  constructor(options: TransportOptions) {
    this.transport = new Transport(options);
    this.discovery = new Discovery(this.transport);
  }

  /**
   * A kubeconfig as YAML or JSON text. Exec plugins, HTTPS_PROXY and NO_PROXY count as for kubectl.
   * @throws Error that names what the kubeconfig lacks.
   */
  static fromKubeconfig(yaml: string, choose: { context?: string; cluster?: string } = {}): ApiClient {
    return ApiClient.fromParsed(parseKubeconfig(yaml, choose));
  }

  static fromParsed(config: Kubeconfig): ApiClient {
    return new ApiClient(transportOptions(config));
  }

  request<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
    return this.transport.json<T>(method, path, options);
  }

  /** How a kind is served; cached, and looked up anew while it is missing. @throws NoMatchError */
  resourceFor(apiVersion: string, kind: string): Promise<ApiResource> {
    return this.discovery.find(apiVersion, kind);
  }

  /** The path of a collection: of one namespace, of all when there is none, or of a kind without namespaces. */
  async collectionPath(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const { prefix, plural, namespaced } = await this.resourceFor(apiVersion, kind);
    return namespaced && namespace ? `${prefix}/namespaces/${namespace}/${plural}` : `${prefix}/${plural}`;
  }

  async objectPath(ref: ObjectRef): Promise<string> {
    const { name, namespace } = ref.metadata;
    const collection = await this.collectionPath(ref.apiVersion, ref.kind, namespace ?? "default");
    return `${collection}/${encodeURIComponent(name)}`;
  }

  /** Undefined when there is no such object. */
  async get(
    apiVersion: string,
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<ApiObject | undefined> {
    const path = await this.objectPath({ apiVersion, kind, metadata: { name, namespace } });
    return this.request<ApiObject>("GET", path).catch(undefinedIfNotFound);
  }

  async list(
    apiVersion: string,
    kind: string,
    options: { namespace?: string; labelSelector?: string; fieldSelector?: string } = {},
  ): Promise<ApiObject[]> {
    const path = await this.collectionPath(apiVersion, kind, options.namespace);
    const answer = await this.request<{ items?: ApiObject[] | null }>("GET", path, {
      query: selectors(options),
    });
    return (answer.items ?? []).map((item) => ({ ...item, apiVersion, kind }));
  }

  async create(object: ApiObject, options: WriteOptions = {}): Promise<ApiObject> {
    const namespace = object.metadata.namespace ?? "default";
    const path = await this.collectionPath(object.apiVersion, object.kind, namespace);
    return this.request("POST", path, { body: object, query: writeQuery(options) });
  }

  /** Server-side apply. `force` takes over fields of other managers. */
  async apply(
    object: ApiObject,
    options: WriteOptions & { fieldManager: string; force?: boolean; subresource?: string },
  ): Promise<ApiObject> {
    return this.request("PATCH", await this.pathFor(object, options.subresource), {
      body: object,
      // JSON is YAML, and the server takes no JSON type of apply before 1.35.
      contentType: "application/apply-patch+yaml",
      query: { ...writeQuery(options), force: String(options.force ?? false) },
    });
  }

  /** JSON merge patch: null removes a field, lists are replaced whole. */
  async patch(
    ref: ObjectRef,
    mergePatch: unknown,
    options: WriteOptions & { subresource?: string } = {},
  ): Promise<ApiObject> {
    return this.request("PATCH", await this.pathFor(ref, options.subresource), {
      body: mergePatch,
      contentType: "application/merge-patch+json",
      query: writeQuery(options),
    });
  }

  /** PUT: refused with 409 when the object's resourceVersion is not the newest. */
  async replace(
    object: ApiObject,
    options: WriteOptions & { subresource?: string } = {},
  ): Promise<ApiObject> {
    const path = await this.pathFor(object, options.subresource);
    return this.request("PUT", path, { body: object, query: writeQuery(options) });
  }

  /** Does not wait for finalizers. Undefined when there was nothing to delete. */
  async delete(
    ref: ObjectRef,
    options: { propagationPolicy?: "Foreground" | "Background" | "Orphan"; gracePeriodSeconds?: number } = {},
  ): Promise<unknown> {
    const path = await this.objectPath(ref);
    return this.request("DELETE", path, {
      body: { apiVersion: "v1", kind: "DeleteOptions", ...options },
    }).catch(undefinedIfNotFound);
  }

  /**
   * Calls `onEvent` for what is there and then for each change, until `signal` aborts. Goes on by itself after broken
   * connections, and waits for a kind that is not served yet.
   */
  watch(
    apiVersion: string,
    kind: string,
    onEvent: (type: WatchEvent, object: ApiObject) => void,
    options: { namespace?: string; labelSelector?: string; fieldSelector?: string; signal: AbortSignal },
  ): void {
    void watch({
      transport: this.transport,
      path: () => this.collectionPath(apiVersion, kind, options.namespace),
      apiVersion,
      kind,
      query: selectors(options),
      onEvent,
      signal: options.signal,
    });
  }

  /** Ends open connections; the client is of no use afterwards. */
  close(): Promise<void> {
    return this.transport.close();
  }

  private async pathFor(ref: ObjectRef, subresource: string | undefined): Promise<string> {
    const path = await this.objectPath(ref);
    return subresource ? `${path}/${subresource}` : path;
  }
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) {
    throw error;
  }
}

function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): Record<string, string> {
  return {
    ...(dryRun ? { dryRun: "All" } : {}),
    ...(fieldManager ? { fieldManager } : {}),
    ...(fieldValidation ? { fieldValidation } : {}),
  };
}

function selectors(options: { labelSelector?: string; fieldSelector?: string }): Record<string, string> {
  const { labelSelector, fieldSelector } = options;
  return { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
}
