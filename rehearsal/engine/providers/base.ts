import type { Properties, Value } from "./values";

export { serveProvider } from "./serve";

/**
 * A resource provider: the methods of `pulumirpc.ResourceProvider` in plain values (see `values.ts`).
 * One process serves one provider instance, so a provider may keep what `configure` gave it in its fields.
 *
 * A method that is left out answers as a provider with nothing to say: `checkConfig` and `check` pass the new inputs
 * on, `diffConfig` and `diff` see no change, `configure` and `cancel` do nothing, `read` gives back what it was given;
 * `create`, `update`, `delete` and `invoke` are refused. Whatever a method throws becomes the resource's error in the
 * engine's output, so write messages for people.
 */
export interface Provider {
  /** Package name, such as `tls`. */
  readonly name: string;
  /** Version of the real provider that this one stands for, without `v`. */
  readonly version: string;
  /**
   * `true`: values arrive with their {@link Secret} wrappers, and the provider must return them in its outputs itself.
   * `false` (as the bridged providers answer): values arrive bare, and the engine marks outputs secret that have the
   * name of a secret input.
   */
  readonly acceptSecrets: boolean;
  /** The package schema as JSON text; `{}` by default. */
  readonly schema?: string;

  checkConfig?(request: CheckRequest): Promise<CheckResult>;
  diffConfig?(request: DiffRequest): Promise<DiffResult>;
  /** Called once, before the first resource, unless an argument is unknown (then not at all, in preview). */
  configure?(request: ConfigureRequest): Promise<void>;
  check?(request: CheckRequest): Promise<CheckResult>;
  diff?(request: DiffRequest): Promise<DiffResult>;
  create?(request: CreateRequest): Promise<CreateResult>;
  read?(request: ReadRequest): Promise<ReadResult>;
  update?(request: UpdateRequest): Promise<Properties>;
  /** Resolves once the resource is gone, and also when it was gone before. */
  delete?(request: DeleteRequest): Promise<void>;
  invoke?(request: InvokeRequest): Promise<InvokeResult>;
  /** The user pressed Ctrl-C, or the engine is done: requests' signals are aborted just before. */
  cancel?(): Promise<void>;
}

/** What a provider can tell the engine while it works. */
export interface EngineLog {
  /** A line under the resource (or under the stack, without URN) that stays in the output. */
  log(severity: "debug" | "info" | "warning" | "error", message: string, urn?: string): void;
  /** A line in the resource's row of the live view, which the next one replaces. */
  status(message: string, urn: string): void;
}

/** What every request about one resource says. */
export interface ResourceRequest {
  urn: string;
  /** Logical name. */
  name: string;
  /** Type token, such as `tls:index/privateKey:PrivateKey`. */
  type: string;
  /** Aborted when the engine cancels the operation or goes away. */
  signal: AbortSignal;
  /** Bound to this resource. */
  log(severity: "debug" | "info" | "warning" | "error", message: string): void;
  status(message: string): void;
}

export interface ConfigureRequest {
  args: Properties;
  urn?: string;
  name?: string;
  /** Empty or missing in a preview that would make the provider. */
  id?: string;
}

export interface CheckRequest extends ResourceRequest {
  /** The inputs that the last deployment left; empty for a new resource. */
  olds: Properties;
  news: Properties;
  /** Same bytes for the same resource within one deployment plan: for autonaming. May be empty. */
  randomSeed: Uint8Array;
  autonaming?: { proposedName: string; mode: "propose" | "enforce" | "disable" };
}

export interface CheckResult {
  /** Inputs with defaults filled in: what goes to diff, create and update. */
  inputs: Properties;
  failures?: CheckFailure[];
}

export interface CheckFailure {
  /** Property path, such as `spec.ports[0].port`; empty for the resource as a whole. */
  property?: string;
  reason: string;
}

export interface DiffRequest extends ResourceRequest {
  id: string;
  /** Outputs in state. */
  olds: Properties;
  /** Inputs in state. */
  oldInputs: Properties;
  /** Checked inputs, with ignored properties already reset to their old values by the engine. */
  news: Properties;
  ignoreChanges: string[];
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface DiffResult {
  /** By default: whether `detailedDiff`, `diffs` or `replaces` has an entry. */
  changes?: boolean;
  /** Top-level properties that force a replacement. By default those of `detailedDiff` whose kind says so. */
  replaces?: string[];
  /** Outputs that surely stay the same in an update, so that dependants see no unknown. */
  stables?: string[];
  deleteBeforeReplace?: boolean;
  /** Top-level properties that differ; by default taken from `detailedDiff`. */
  diffs?: string[];
  /** Property path to what happens to it; compared with inputs unless `inputDiff: false`. */
  detailedDiff?: Record<string, DiffKind | { kind: DiffKind; inputDiff: boolean }>;
}

export interface CreateRequest extends ResourceRequest {
  inputs: Properties;
  preview: boolean;
  /** `customTimeouts.create`; undefined when the user set none. */
  timeoutSeconds?: number;
}

export interface CreateResult {
  /** Empty in preview when only the real creation can tell. */
  id: string;
  outputs: Properties;
}

export interface ReadRequest extends ResourceRequest {
  id: string;
  /** Inputs in state; empty for an import or a `get`. */
  inputs: Properties;
  /** Outputs in state; for a `get` what the user gave. */
  outputs: Properties;
}

export interface ReadResult {
  /** Empty: the resource is gone, and the engine drops it from state. */
  id: string;
  inputs?: Properties;
  outputs: Properties;
}

export interface UpdateRequest extends ResourceRequest {
  id: string;
  olds: Properties;
  oldInputs: Properties;
  news: Properties;
  preview: boolean;
  timeoutSeconds?: number;
  ignoreChanges: string[];
}

export interface DeleteRequest extends ResourceRequest {
  id: string;
  inputs: Properties;
  outputs: Properties;
  timeoutSeconds?: number;
}

export interface InvokeRequest {
  /** Function token, such as `tls:index/getPublicKey:getPublicKey`. */
  token: string;
  args: Properties;
  preview: boolean;
  signal: AbortSignal;
}

export interface InvokeResult {
  result?: Properties;
  failures?: CheckFailure[];
}

/**
 * Thrown by create, read or update when the object exists but did not become ready: the engine saves it with these
 * properties and the reasons, reports the operation as failed, and sends an update next time.
 */
export class InitFailedError extends Error {
  constructor(
    message: string,
    readonly resource: { id: string; outputs: Properties; inputs?: Properties; reasons: string[] },
  ) {
    super(message);
    this.name = "InitFailedError";
  }
}

/** Thrown where a method meets a type or function that the stand-in does not have. */
export class NotSupportedError extends Error {
  constructor(provider: string, what: string) {
    super(
      `The rehearsal's ${provider} provider has no ${what}. Use what it has (rehearsal/README.md lists it), ` +
        `or run with the real plugin: npm start -- --providers real.`,
    );
    this.name = "NotSupportedError";
  }
}

export type { Properties, Value };
