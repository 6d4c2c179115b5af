import * as pulumi from "@pulumi/pulumi";
import { computedOutputs, type Outputs } from "./computed";
import { nameOf, reveal, hide, holdsSecret } from "./wire";

/** A resource as a program registered it. References to others are `type::name`. */
export interface Registered {
  type: string;
  name: string;
  custom: boolean;
  /** Secrets are shown as they are; {@link secretInputs} has their top-level names. */
  inputs: Record<string, unknown>;
  secretInputs: string[];
  /** The inputs as anybody may read them: secrets are left out. */
  plainInputs: unknown;
  parent?: string;
  /** Explicit and implicit dependencies, sorted. */
  dependencies: string[];
  deletedWith?: string;
  /** The provider resource. */
  provider?: string;
  protect: boolean;
  /** Whether it stays when the stack forgets it. */
  retainOnDelete: boolean;
  ignoreChanges: string[];
  timeouts: { create?: string; update?: string; delete?: string };
}

/** What came of a run. */
export interface Run {
  /** In the order of their registration, without the stack itself and references to other stacks. */
  resources: Registered[];
  /** What the stack exports. Secrets are shown as they are; {@link secretOutputs} has their names. */
  outputs: Record<string, unknown>;
  secretOutputs: string[];
  /** Everything that the stack and its components register as outputs, without secrets. */
  plainOutputs: unknown[];
  /** Each error once, as `pulumi up` shows them. */
  errors: Error[];
  warnings: string[];
}

/** What another stack exports: all of it, and the names of what is secret. */
export type StackOutputs = Record<string, Pick<Run, "outputs" | "secretOutputs">>;

export interface RunOptions {
  stack?: string;
  /** A preview leaves out the waits, which ask a cluster. Default: true. */
  preview?: boolean;
  /** As in a preview: whatever a provider would compute is unknown, ids too; of all resources, or of new ones. Default: false. */
  unknown?: boolean | ((name: string) => boolean);
  outputs?: Outputs;
  /** By full name: `organization/mesh/us-east1`. */
  stacks?: StackOutputs;
  /** Told the full name of each stack that is read. */
  onRead?: (stack: string) => void;
}

/** The parts of the engine's requests that mocks do not pass on. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
  getObject(): Struct | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

interface Monitor {
  registerResource: (request: RegisterRequest, callback: unknown) => Promise<void>;
  registerResourceOutputs: (request: OutputsRequest, callback: unknown) => void;
}

/** What the SDK's own tests end with; it is left out of the declarations. */
interface WaitsForRequests {
  waitForRPCs: () => Promise<void>;
}

const STACK = "pulumi:pulumi:Stack";

/** Runs a program without an engine and tells what it registered, in order. */
export async function register(program: () => unknown, options: RunOptions = {}): Promise<Registered[]> {
  const { resources, errors } = await run(program, options);
  if (errors[0]) {
    throw errors[0];
  }
  return resources;
}

/** Runs a program without an engine; what it returns are the stack's outputs. Errors are collected, not thrown. */
export async function run(program: () => unknown, options: RunOptions = {}): Promise<Run> {
  const resources: Registered[] = [];
  const plainOutputs: unknown[] = [];
  let exported: Record<string, unknown> = {};
  const monitor = await mockMonitor(options);
  const { registerResource, registerResourceOutputs } = monitor;
  monitor.registerResource = (request, callback) => {
    resources.push(describe(request));
    return registerResource(request, callback);
  };
  monitor.registerResourceOutputs = (request, callback) => {
    const outputs = request.getOutputs()?.toJavaScript() ?? {};
    plainOutputs.push(hide(outputs));
    if (request.getUrn().includes(`::${STACK}::`)) {
      exported = outputs;
    }
    registerResourceOutputs(request, callback);
  };

  const warnings: string[] = [];
  const { waitForRPCs } = pulumi.runtime as unknown as WaitsForRequests;
  const errors = await collectErrors(async () => {
    const { warn } = console;
    console.warn = (line: string) => warnings.push(line.replace("warning: [runtime] ", ""));
    try {
      await pulumi.runtime.runInPulumiStack(async () => Promise.resolve(program()));
      await waitForRPCs();
    } finally {
      console.warn = warn;
    }
  });
  if (errors.length > 0) {
    // What waits for something that failed waits for ever. A new monitor lets the SDK forget it; else it complains at exit.
    await mockMonitor(options);
  }
  return {
    resources: resources.filter(({ type }) => type !== STACK),
    outputs: reveal(exported) as Record<string, unknown>,
    secretOutputs: Object.keys(exported).filter((key) => holdsSecret(exported[key])),
    plainOutputs,
    errors,
    warnings,
  };
}

/** The SDK's mocks, with what the engine does beside: secret outputs stay secret. */
async function mockMonitor(options: RunOptions): Promise<Monitor> {
  const {
    stack = "us-east1",
    preview = true,
    unknown = false,
    outputs = computedOutputs,
    stacks = {},
    onRead = () => undefined,
  } = options;
  let secretOutputs: string[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        if (token === "gcp:organizations/getClientConfig:getClientConfig") return { accessToken: "a-token" };
        if (token !== "pulumi:pulumi:readStackOutputs") return {};
        const name = String((inputs as Record<string, unknown>).name);
        onRead(name);
        return referenced(stacks, name);
      },
      newResource: ({ type, name, id, ...resource }) => {
        const inputs = resource.inputs as Record<string, unknown>;
        if (typeof unknown === "function" ? unknown(name) : unknown) {
          return { id: undefined, state: inputs };
        }
        const computed = Object.entries(outputs(type, name, inputs)).map(([key, value]) => [
          key,
          secretOutputs.includes(key) ? pulumi.secret(value) : value,
        ]);
        return {
          id: id || `${name}-id`,
          state: { ...inputs, ...(Object.fromEntries(computed) as Record<string, unknown>) },
        };
      },
    },
    "mesh",
    stack,
    preview,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const { registerResource, registerResourceOutputs } = monitor;
  return Object.assign(monitor, {
    registerResource: (request: RegisterRequest, callback: unknown) => {
      // The mock asks for the resource's state before this returns.
      secretOutputs = request.getAdditionalsecretoutputsList();
      return registerResource.call(monitor, request, callback);
    },
    registerResourceOutputs: registerResourceOutputs.bind(monitor),
  });
}

/** As the engine answers: to a function, secrets are shown, and their names are listed. */
function referenced(stacks: StackOutputs, stack: string): Record<string, unknown> {
  const found = stacks[stack];
  if (!found) {
    // As gRPC's errors are.
    throw Object.assign(new Error(), { details: `unknown stack "${stack}"` });
  }
  const exported = Object.entries(found.outputs).filter(([, value]) => value !== undefined);
  return { name: stack, outputs: Object.fromEntries(exported), secretOutputNames: found.secretOutputs };
}

/** For how long a run goes on after its first error; what waits for something that failed waits for ever. */
const GRACE_MS = 100;

/** Runs, and collects what is thrown and what rejects unhandled, as the language host does. */
async function collectErrors(work: () => Promise<void>): Promise<Error[]> {
  const errors = new Set<Error>();
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  let collect: (error: unknown) => void = () => undefined;
  const failed = new Promise((resolve) => {
    collect = (error) => {
      errors.add(error instanceof Error ? error : new Error(String(error)));
      setTimeout(resolve, GRACE_MS);
    };
  });
  process.on("unhandledRejection", collect);
  try {
    await Promise.race([work().catch(collect), failed]);
    // A rejection counts as unhandled only after the promises of its turn have settled.
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    process.off("unhandledRejection", collect);
    others.forEach((listener) => process.on("unhandledRejection", listener));
  }
  return [...errors];
}

function describe(request: RegisterRequest): Registered {
  const raw = request.getObject()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: reveal(raw) as Record<string, unknown>,
    secretInputs: Object.keys(raw).filter((key) => holdsSecret(raw[key])),
    plainInputs: hide(raw),
    parent: nameOf(request.getParent()),
    dependencies: request
      .getDependenciesList()
      .map((urn) => nameOf(urn) ?? urn)
      .sort(),
    deletedWith: nameOf(request.getDeletedwith()),
    // A reference to a provider is its URN and its id.
    provider: nameOf(request.getProvider().split("::").slice(0, -1).join("::")),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    ignoreChanges: request.getIgnorechangesList(),
    timeouts: timeoutsOf(request),
  };
}

function timeoutsOf(request: RegisterRequest): Registered["timeouts"] {
  const timeouts = request.getCustomtimeouts();
  const entries = [
    ["create", timeouts?.getCreate()],
    ["update", timeouts?.getUpdate()],
    ["delete", timeouts?.getDelete()],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value)) as Registered["timeouts"];
}
