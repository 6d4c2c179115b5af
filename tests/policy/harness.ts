import type { PolicyConfigSchema } from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy";
import { secretsPreservingProxy } from "@pulumi/policy/secret";
import { rules } from "../../policy/rules";

// Left out of the SDK's declarations; what the engine's requests go through before a rule sees them.
const { unknownCheckingProxy, unknownStringValue } = proxy as unknown as {
  unknownCheckingProxy: <T>(value: T) => T;
  unknownStringValue: string;
};

/** What stands in a preview where a value is not known yet. */
export const UNKNOWN = unknownStringValue;

export interface Resource {
  type: string;
  name?: string;
  props: Record<string, unknown>;
  /** URN of the provider resource. */
  provider?: string;
}

export interface Verdict {
  /** As a user reads them, each with the URN that it is about. */
  findings: { message: string; urn: string }[];
  /** Why the rule could not decide everything, in the SDK's words. */
  undecided?: string;
}

export type Config = Record<string, unknown>;

/** Runs one rule as the engine does: over one resource, or for a rule of the whole stack over all of them. */
export function judge(rule: string, resources: Resource | Resource[], config: Config = {}): Verdict {
  const policy = rules.find(({ name }) => name === rule);
  if (!policy) {
    throw new Error(`There is no rule ${rule}`);
  }
  const all = [resources].flat().map(argsOf);
  const findings: Verdict["findings"] = [];
  const getConfig = () => ({ ...defaultsOf(policy.configSchema), ...config });
  try {
    if ("validateStack" in policy) {
      const report = (message: string, urn = "") => findings.push({ message, urn });
      void policy.validateStack({ resources: all, getConfig } as never, report);
    } else if ("validateResource" in policy && typeof policy.validateResource === "function") {
      for (const args of all) {
        const report = (message: string) => findings.push({ message, urn: args.urn });
        void policy.validateResource({ ...args, getConfig } as never, report);
      }
    }
  } catch (error) {
    if (error instanceof Error && "unknownTypeSentinel" in error) {
      return { findings, undecided: error.message };
    }
    throw error;
  }
  return { findings };
}

/** What level `remediate` makes of a resource's properties; undefined when it leaves them as they are. */
export function mended(rule: string, resource: Resource, config: Config = {}): Resource["props"] | undefined {
  const policy = rules.find(({ name }) => name === rule);
  if (!policy || !("remediateResource" in policy) || !policy.remediateResource) {
    throw new Error(`There is no remediation of ${rule}`);
  }
  // The engine hands a remediation its secrets too, behind a proxy more: pulumi/pulumi-policy, `sdk/nodejs/policy/deserialize.ts`.
  const props = secretsPreservingProxy(structuredClone(resource.props)) as Resource["props"];
  const args = argsOf({ ...resource, props });
  const getConfig = () => ({ ...defaultsOf(policy.configSchema), ...config });
  const result: unknown = policy.remediateResource({ ...args, getConfig } as never);
  return result === undefined ? undefined : (JSON.parse(JSON.stringify(result)) as Resource["props"]);
}

/** The messages alone. */
export function messages(rule: string, resources: Resource | Resource[], config?: Config): string[] {
  return judge(rule, resources, config).findings.map(({ message }) => message);
}

function argsOf({ type, name = "it", props, provider }: Resource) {
  return {
    type,
    name,
    urn: `urn:pulumi:us-east1::mesh::${type}::${name}`,
    props: unknownCheckingProxy(props),
    provider: provider === undefined ? undefined : { urn: provider },
  };
}

function defaultsOf(schema?: PolicyConfigSchema): Config {
  return Object.fromEntries(
    Object.entries(schema?.properties ?? {}).map(([key, property]) => [key, property.default]),
  );
}

/** A copy with another value at a path; undefined takes it away. Parts with dots in them are in brackets: `a["b.c"]`. */
export function changed<T extends Record<string, unknown>>(props: T, path: string, value: unknown): T {
  // Unlike structuredClone this gives two places in which one object stands an object each.
  const copy = JSON.parse(JSON.stringify(props)) as T;
  const keys = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
  );
  const last = keys.pop() ?? "";
  let parent: Record<string, unknown> = copy;
  for (const key of keys) {
    parent = (parent[key] ??= {}) as Record<string, unknown>;
  }
  if (value === undefined) {
    Reflect.deleteProperty(parent, last);
  } else {
    Reflect.set(parent, last, value);
  }
  return copy;
}
