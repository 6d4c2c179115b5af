import type { ApiObject } from "../../kubernetes/client";

/** A structural OpenAPI schema: fields that it does not name are unknown, and strict field validation refuses them. */
export type Schema = Record<string, unknown>;

export const string: Schema = { type: "string" };
export const boolean: Schema = { type: "boolean" };
export const number: Schema = { type: "number" };
export const int64: Schema = { type: "integer", format: "int64" };
export const dateTime: Schema = { type: "string", format: "date-time" };
export const intOrString: Schema = {
  "x-kubernetes-int-or-string": true,
  anyOf: [{ type: "integer" }, { type: "string" }],
};
export const stringMap: Schema = { type: "object", additionalProperties: string };

export const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});

export const list = (items: Schema, rest: Schema = {}): Schema => ({ type: "array", items, ...rest });

export interface Kind {
  group: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames?: string[];
  /** Served versions with their schemas of spec and status; the first is stored. */
  versions: { name: string; spec: Schema; status?: Schema }[];
  /** Whether `status` is written on its own path. Default false. */
  statusSubresource?: boolean;
}

/** A CustomResourceDefinition (apiextensions.k8s.io/v1) for a namespaced kind. */
export function definition(kind: Kind): ApiObject {
  const { group, plural, singular, shortNames } = kind;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    // GKE's add-on manager keeps these; people should see that it is not they who brought them.
    metadata: { name: `${plural}.${group}`, labels: { "addonmanager.kubernetes.io/mode": "Reconcile" } },
    spec: {
      group,
      scope: "Namespaced",
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular,
        ...(shortNames ? { shortNames } : {}),
      },
      versions: kind.versions.map((version, index) => ({
        name: version.name,
        served: true,
        storage: index === 0,
        schema: {
          openAPIV3Schema: object({
            apiVersion: string,
            kind: string,
            metadata: { type: "object" },
            spec: version.spec,
            ...(version.status ? { status: version.status } : {}),
          }),
        },
        ...(kind.statusSubresource ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}
