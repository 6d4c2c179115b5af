import type * as http from "node:http";
import * as path from "node:path";
import type { CheckRequest, ResourceRequest } from "../../../rehearsal/engine/providers/base";
import { GcpProvider } from "../../../rehearsal/engine/providers/gcp/provider";
import { plain, type Properties } from "../../../rehearsal/engine/providers/values";
import { serveProject, socketVariable } from "../../../rehearsal/google/server";
import { type FakeHost, foundation, newProject, projectId, region, temporaryFolder, token } from "./fixtures";

export function request(type: string, name = "mesh"): ResourceRequest {
  return {
    urn: `urn:pulumi:s::p::${token(type)}::${name}`,
    name,
    type: token(type),
    signal: new AbortController().signal,
    log: () => undefined,
    status: () => undefined,
  };
}

export interface Made {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

/** The gcp stand-in before a project of its own with a network, and what an engine asks it. */
export class ServedProvider {
  readonly provider = new GcpProvider();

  private constructor(
    readonly host: FakeHost,
    private readonly server: http.Server,
  ) {}

  static async start(): Promise<ServedProvider> {
    const { project, host } = newProject();
    const socket = path.join(temporaryFolder(), "google.sock");
    const served = new ServedProvider(host, await serveProject(project, socket));
    process.env[socketVariable] = socket;
    await served.provider.configure({ args: { project: projectId, region } });
    await foundation(project);
    return served;
  }

  stop(): void {
    delete process.env[socketVariable];
    this.server.close();
  }

  check(type: string, news: Properties, more: Partial<CheckRequest> = {}) {
    const randomSeed = Buffer.from("abcdef0123", "hex");
    return this.provider.check({ ...request(type), olds: {}, news, randomSeed, ...more });
  }

  /** Why it refuses. */
  async reasons(type: string, news: Properties): Promise<string> {
    return ((await this.check(type, news)).failures ?? []).map(({ reason }) => reason).join("\n");
  }

  async make(type: string, news: Properties): Promise<Made> {
    const { inputs } = await this.check(type, news);
    const { id, outputs } = await this.provider.create({ ...request(type), inputs, preview: false });
    return { id, inputs, outputs };
  }

  diff(type: string, { id, inputs, outputs }: Made, news: Properties) {
    return this.provider.diff({
      ...request(type),
      id,
      olds: plain(outputs),
      oldInputs: inputs,
      news,
      ignoreChanges: [],
    });
  }
}
