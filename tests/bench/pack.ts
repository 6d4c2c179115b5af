import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Registered } from "../components/mocks";

const ROOT = join(__dirname, "../..");
const RUNNER = join(ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
const PACK = join(ROOT, "policy");

/** The pack in a process of its own, asked over gRPC as the engine asks it. */
export class Pack {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: AnalyzerClient,
    /** From the start of the process to its port. */
    readonly startMs: number,
  ) {}

  static async start(): Promise<Pack> {
    const started = performance.now();
    const child = spawn(process.execPath, [RUNNER, "127.0.0.1:0", PACK], {
      cwd: PACK,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`The pack ended with ${code} before it had a port`)));
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    });
    const startMs = performance.now() - started;
    const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
      "grpc.max_receive_message_length": -1,
    });
    await configure(client);
    return new Pack(child, client, startMs);
  }

  /** What the engine asks before it makes a resource. @returns the findings. */
  async judge(resource: Registered): Promise<string[]> {
    const asked = requestOf(resource);
    await call<proto.RemediateResponse>((done) => this.client.remediate(asked, done));
    return findingsIn(await call((done) => this.client.analyze(asked, done)));
  }

  /** As many questions as {@link judge} asks, which no rule answers: what is left is the way there and back. */
  async askNothing(): Promise<void> {
    for (let question = 0; question < 2; question++) {
      await call((done) => this.client.getPluginInfo(new Empty(), done));
    }
  }

  /** What the engine asks at the end of a preview or an update. @returns the findings. */
  async judgeStack(resources: Registered[]): Promise<string[]> {
    const asked = new proto.AnalyzeStackRequest().setResourcesList(resources.map(stackResourceOf));
    return findingsIn(await call((done) => this.client.analyzeStack(asked, done)));
  }

  async stop(): Promise<void> {
    this.client.close();
    const ended = new Promise((resolve) => this.child.removeAllListeners("exit").once("exit", resolve));
    this.child.kill();
    await ended;
  }
}

/** Gives each rule its parameters' defaults, as the engine does. */
async function configure(client: AnalyzerClient): Promise<void> {
  const info = await call<proto.AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done));
  const request = new proto.ConfigureAnalyzerRequest();
  for (const policy of info.getPoliciesList()) {
    const schema = policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {};
    const defaults = Object.entries(schema).map(([key, value]) => [
      key,
      (value as { default: JavaScriptValue }).default,
    ]);
    const config = new proto.PolicyConfig()
      .setEnforcementlevel(policy.getEnforcementlevel())
      .setProperties(Struct.fromJavaScript(Object.fromEntries(defaults) as Record<string, JavaScriptValue>));
    request.getPolicyconfigMap().set(policy.getName(), config);
  }
  await call<Empty>((done) => client.configure(request, done));
}

type Done<T> = (error: grpc.ServiceError | null, response: T) => void;

function call<T>(send: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) =>
    send((error, response) => (error ? reject(error) : resolve(response))),
  );
}

function findingsIn(response: proto.AnalyzeResponse): string[] {
  return response
    .getDiagnosticsList()
    .map((found) => `${found.getPolicyname()} ${found.getUrn()}: ${found.getMessage()}`);
}

function requestOf(resource: Registered): proto.AnalyzeRequest {
  return new proto.AnalyzeRequest()
    .setType(resource.type)
    .setName(resource.name)
    .setUrn(urnOf(resource.type, resource.name))
    .setProperties(structOf(resource))
    .setOptions(optionsOf(resource))
    .setProvider(providerOf(resource));
}

function stackResourceOf(resource: Registered): proto.AnalyzerResource {
  return new proto.AnalyzerResource()
    .setType(resource.type)
    .setName(resource.name)
    .setUrn(urnOf(resource.type, resource.name))
    .setProperties(structOf(resource))
    .setOptions(optionsOf(resource))
    .setProvider(providerOf(resource))
    .setDependenciesList(resource.dependencies.map(urnOfKey));
}

function structOf({ inputs }: Registered): Struct {
  return Struct.fromJavaScript(inputs as Record<string, JavaScriptValue>);
}

function optionsOf({ protect, parent, ignoreChanges }: Registered): proto.AnalyzerResourceOptions {
  return new proto.AnalyzerResourceOptions()
    .setProtect(protect)
    .setParent(parent ? urnOfKey(parent) : "")
    .setIgnorechangesList(ignoreChanges)
    .setCustomtimeouts(new proto.AnalyzerResourceOptions.CustomTimeouts());
}

function providerOf({ provider }: Registered): proto.AnalyzerProviderResource | undefined {
  if (provider === undefined) {
    return undefined;
  }
  const [type = "", name = ""] = provider.split("::");
  return new proto.AnalyzerProviderResource()
    .setType(type)
    .setName(name)
    .setUrn(urnOf(type, name))
    .setProperties(Struct.fromJavaScript({}));
}

function urnOf(type: string, name: string): string {
  return `urn:pulumi:all::mesh::${type}::${name}`;
}

/** Of `type::name`. */
function urnOfKey(key: string): string {
  return `urn:pulumi:all::mesh::${key}`;
}
