import * as pulumi from "@pulumi/pulumi";

/** A resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  custom: boolean;
  /** Secrets are shown as they are; {@link secretInputs} has their top-level names. */
  inputs: Record<string, unknown>;
  secretInputs: string[];
  /** Name of the parent, and of the explicit and implicit dependencies: `type::name`. */
  parent?: string;
  dependencies: string[];
  deletedWith?: string;
  /** Name of the provider resource. */
  provider?: string;
  protect: boolean;
}

/** The parts of the engine's request that mocks do not pass on. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

/** What the SDK's own tests end with; it is left out of the declarations. */
interface WaitsForRequests {
  waitForRPCs(): Promise<void>;
}

const SECRET = "4dabf18193072939515e22adb298388d";

/** What a stand-in for a stack reference answers with, by stack name. */
export type StackOutputs = Record<string, Record<string, unknown>>;

export interface RunOptions {
  stack?: string;
  /** A preview leaves out the waits, which ask a cluster. Default: true. */
  preview?: boolean;
  /** Computed outputs, by type; merged over the inputs. */
  outputs?: (type: string, name: string, inputs: Record<string, unknown>) => Record<string, unknown>;
  stacks?: StackOutputs;
}

/** Runs a program without an engine and tells what it registered, in order. */
export async function register(program: () => unknown, options: RunOptions = {}): Promise<Registered[]> {
  const { stack = "us-east1", preview = true, outputs = computedOutputs, stacks = {} } = options;
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      newResource: ({ type, name, id, ...resource }) => {
        const inputs = resource.inputs as Record<string, unknown>;
        if (type === "pulumi:pulumi:StackReference") {
          const stack = String(inputs.name);
          return { id: stack, state: { ...inputs, outputs: stacks[stack] ?? {} } };
        }
        return { id: id ?? `${name}-id`, state: { ...inputs, ...outputs(type, name, inputs) } };
      },
    },
    "mesh",
    stack,
    preview,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: RegisterRequest, callback: unknown): Promise<void>;
  };
  const original = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    registered.push(describe(request));
    return original(request, callback);
  };
  await pulumi.runtime.runInPulumiStack(async () => {
    await Promise.resolve(program());
    return undefined;
  });
  await (pulumi.runtime as unknown as WaitsForRequests).waitForRPCs();
  return registered.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

function describe(request: RegisterRequest): Registered {
  const raw = request.getObject()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: reveal(raw) as Record<string, unknown>,
    secretInputs: Object.keys(raw).filter((key) => holdsSecret(raw[key])),
    parent: nameOf(request.getParent()),
    dependencies: request.getDependenciesList().map((urn) => nameOf(urn) ?? urn),
    deletedWith: nameOf(request.getDeletedwith()),
    provider: nameOf(request.getProvider().split("::").slice(0, -1).join("::")),
    protect: request.getProtect(),
  };
}

/** `type::name` of a URN, without the types of the parents. */
function nameOf(urn: string): string | undefined {
  const [type, name] = urn.split("::").slice(-2);
  return name ? `${type?.split("$").at(-1)}::${name}` : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function holdsSecret(value: unknown): boolean {
  return isObject(value) && (SECRET in value || Object.values(value).some(holdsSecret));
}

function reveal(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  if (!isObject(value)) {
    return value;
  }
  if (SECRET in value && "value" in value) {
    return reveal(value.value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

/** What Google and the providers would fill in. */
export function computedOutputs(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case "gcp:container/cluster:Cluster":
      return {
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: `gke-${name}.gke.goog` } },
        privateClusterConfig: { privateEndpoint: "10.16.0.2" },
        masterAuth: { clusterCaCertificate: "Q0E=" },
        masterVersion: "1.33.5-gke.1080000",
      };
    case "gcp:compute/globalAddress:GlobalAddress":
      return { address: "203.0.113.7" };
    case "gcp:serviceaccount/account:Account":
      return { email: `${name}@project.iam.gserviceaccount.com` };
    case "gcp:projects/serviceIdentity:ServiceIdentity":
      return { member: `serviceAccount:${name}@google.com` };
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `key of ${name}\n` };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}\n` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate of ${name}\n` };
    case "kubernetes:core/v1:Secret":
      return { data: { token: "dG9rZW4=" } };
    default:
      return {};
  }
}
