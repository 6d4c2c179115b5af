import type {
  CheckRequest,
  CheckResult,
  ConfigureRequest,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeRequest,
  InvokeResult,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../base";
import { NotSupportedError } from "../base";
import type { Properties as Plain } from "../../../google/properties";
import { configValue, plain, type Properties, type Value } from "../values";
import { Checker, withDefaults } from "./check";
import { ApiRefusal, callProject } from "./client";
import { diffResource } from "./diff";
import { withName } from "./naming";
import { inputsOf, plannedOutputs, plannedUpdate, stateOf } from "./outputs";
import type { ResourceType } from "./schema";
import { resourceTypes } from "./types";

/** Environment variables that the real provider falls back to. */
const fallbacks: Record<string, string[]> = {
  project: ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"],
  region: ["GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"],
  zone: ["GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"],
};

/** Stands for the bridged gcp provider: its checks and plans are its own, everything else is the simulated project's. */
export class GcpProvider implements Provider {
  readonly name = "gcp";
  readonly version = "9.37.0";
  readonly acceptSecrets = false;
  private settings: Record<string, string | undefined> = {};

  configure({ args }: ConfigureRequest): Promise<void> {
    for (const [name, variables] of Object.entries(fallbacks)) {
      const given = configValue(args[name]);
      const variable = variables.map((each) => process.env[each]).find(Boolean);
      this.settings[name] = typeof given === "string" && given !== "" ? given : variable;
    }
    return Promise.resolve();
  }

  check(request: CheckRequest): Promise<CheckResult> {
    const type = this.type(request.type);
    const given = withoutNulls(request.news);
    const named = withName(type, request, given);
    const inputs = withDefaults(type.fields, named);
    const failures = new Checker(type, request.name).check(inputs);
    const defaults = Object.keys(inputs).filter((name) => !(name in given) && inputs[name] !== undefined);
    return Promise.resolve({ inputs: { ...inputs, __defaults: defaults.sort() }, failures });
  }

  diff(request: DiffRequest): Promise<DiffResult> {
    return Promise.resolve(
      diffResource(this.type(request.type), request.olds, request.news, request.ignoreChanges),
    );
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const type = this.type(request.type);
    const inputs = this.placed(type, request.inputs);
    if (request.preview) return { id: "", outputs: plannedOutputs(type, inputs) };
    const signal = deadline(type, request.signal, request.timeoutSeconds);
    const properties = plain(inputs) as Plain;
    const answer = await refusedAs(type.creating, callProject("create", type.token, { properties }, signal));
    return { id: answer.id ?? "", outputs: stateOf(type, answer.properties) };
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const type = this.type(request.type);
    const { id } = request;
    try {
      const { properties } = await callProject("read", type.token, { id }, request.signal);
      return {
        id,
        inputs: inputsOf(type, request.inputs, properties as Properties),
        outputs: stateOf(type, properties),
      };
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return { id: "", outputs: {} };
      throw error;
    }
  }

  async update(request: UpdateRequest): Promise<Properties> {
    const type = this.type(request.type);
    const wanted = this.placed(type, request.news);
    if (request.preview) return plannedUpdate(type, request.olds, wanted);
    const signal = deadline(type, request.signal, request.timeoutSeconds);
    const removed = Object.entries(type.fields).filter(
      ([name, field]) => !field.computed && wanted[name] === undefined,
    );
    const properties = {
      ...Object.fromEntries(removed.map(([name]) => [name, null])),
      ...plain(wanted),
    } as Plain;
    const answer = await refusedAs(
      type.creating?.replace("creating", "updating"),
      callProject("update", type.token, { id: request.id, properties }, signal),
    );
    return stateOf(type, answer.properties);
  }

  async delete(request: DeleteRequest): Promise<void> {
    const type = this.type(request.type);
    const { id, outputs } = request;
    if (outputs.deletionPolicy === "PREVENT")
      throw new Error(
        `cannot destroy "${id}" without setting deletion_policy="DELETE" and running \`terraform apply\``,
      );
    const kept = type.keeps?.(outputs);
    if (kept) throw new Error(wrapped(kept));
    if (type.forgets || outputs.deletionPolicy === "ABANDON") return;
    const signal = deadline(type, request.signal, request.timeoutSeconds);
    try {
      await refusedAs(
        type.creating?.replace("creating", "deleting"),
        callProject("delete", type.token, { id, properties: plain(outputs) }, signal),
      );
    } catch (error) {
      if (!(error instanceof RefusedError && error.status === 404)) throw error;
    }
  }

  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    const args = { project: this.settings.project, region: this.settings.region, ...request.args };
    if (request.token === "gcp:organizations/getClientConfig:getClientConfig")
      return { result: this.clientConfig() };
    const { properties } = await callProject(
      "invoke",
      request.token,
      { properties: plain(args) },
      request.signal,
    );
    return { result: properties as Properties };
  }

  private clientConfig(): Properties {
    const { project = "", region = "", zone = "" } = this.settings;
    const id = `projects/"${project}"/regions/"${region}"/zones/"${zone}"`;
    // A program that puts a token in its state would see the cluster refuse this one.
    return { accessToken: "not-a-token", defaultLabels: {}, id, project, region, zone };
  }

  private type(token: string): ResourceType {
    const type = resourceTypes.get(token);
    if (!type) throw new NotSupportedError(this.name, `resource type ${token}`);
    return type;
  }

  /** The inputs with the project and the region (or location) that the provider's own settings give. */
  private placed(type: ResourceType, inputs: Properties): Properties {
    const placed = { ...inputs };
    delete placed.__defaults;
    if (type.fields.project && placed.project === undefined) {
      if (!this.settings.project) throw new Error(wrapped("project: required field is not set"));
      placed.project = this.settings.project;
    }
    const { region, zone } = this.settings;
    if (type.place === "region" && placed.region === undefined) {
      placed.region = region ?? zone?.replace(/-[a-z]$/, "");
      if (!placed.region)
        throw new Error(
          wrapped("Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'."),
        );
    }
    if (type.place === "location" && placed.location === undefined && !isFullReference(placed.cluster)) {
      placed.location = zone ?? region;
      if (!placed.location)
        throw new Error(
          wrapped(
            "Cannot determine location: set location in this resource, or set provider-level 'region' or 'zone'.",
          ),
        );
    }
    return placed;
  }
}

/** A node pool's cluster by full id says where it is. */
const isFullReference = (value: Value) =>
  value !== undefined && (typeof value !== "string" || value.includes("/"));

function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([name, value]) => value !== null && value !== undefined && name !== "__defaults",
    ),
  );
}

function deadline(type: ResourceType, signal: AbortSignal, seconds?: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(1000 * (seconds ?? 60 * (type.timeoutMinutes ?? 20)))]);
}

/** The bridge's form of an error. */
const wrapped = (message: string) => `1 error occurred:\n\t* ${message}\n`;

class RefusedError extends Error {
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(wrapped(message));
    this.name = "RefusedError";
  }
}

async function refusedAs<T>(prefix: string | undefined, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const before = prefix ? `${prefix}: ` : "";
    if (error instanceof ApiRefusal) throw new RefusedError(before + error.message, error.status);
    if (error instanceof Error && error.name === "TimeoutError")
      throw new RefusedError(`${before}timeout while waiting for state to become 'done'`);
    throw error;
  }
}
