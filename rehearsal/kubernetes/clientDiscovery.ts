import { Transport } from "./clientTransport";
import { ApiResource, NoMatchError, isNotFound } from "./clientTypes";

interface ApiResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** `/api/v1` for `v1`, else `/apis/<group>/<version>`. */
export function prefixOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Which kinds the server knows. One read per group and version; a kind that is missing is looked up anew each time. */
export class Discovery {
  private readonly known = new Map<string, Promise<Map<string, ApiResource>>>();

  constructor(private readonly transport: Transport) {}

  /** @throws NoMatchError when the server does not serve the kind. */
  async find(apiVersion: string, kind: string): Promise<ApiResource> {
    const cached = this.known.get(apiVersion);
    const hit = cached && (await cached.catch(() => undefined))?.get(kind);
    if (hit) {
      return hit;
    }
    const reading = this.read(apiVersion);
    this.known.set(apiVersion, reading);
    const resource = (await reading).get(kind);
    if (!resource) {
      throw new NoMatchError(apiVersion, kind);
    }
    return resource;
  }

  private async read(apiVersion: string): Promise<Map<string, ApiResource>> {
    const prefix = prefixOf(apiVersion);
    const kinds = new Map<string, ApiResource>();
    let answer: ApiResourceList;
    try {
      answer = await this.transport.json<ApiResourceList>("GET", prefix);
    } catch (error) {
      if (isNotFound(error)) {
        return kinds;
      }
      throw error;
    }
    for (const { name, kind, namespaced, verbs } of answer.resources) {
      if (!name.includes("/")) {
        kinds.set(kind, { prefix, plural: name, namespaced, verbs, subresources: [] });
      }
    }
    for (const { name } of answer.resources) {
      const [plural, subresource] = name.split("/");
      if (subresource) {
        [...kinds.values()].find((kind) => kind.plural === plural)?.subresources.push(subresource);
      }
    }
    return kinds;
  }
}
