/** A rule of RBAC, as roles and SelfSubjectRulesReview have it. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  /** None: all of them. */
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** One permission for each verb and thing, such as `list secrets` and `get pods.apps/name`. */
export function permissions(rules: Rule[]): Set<string> {
  const all = rules.flatMap((rule) =>
    rule.verbs.flatMap((verb) => things(rule).map((thing) => `${verb} ${thing}`)),
  );
  return new Set(all);
}

function things({ apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }: Rule): string[] {
  const names = resourceNames?.length ? resourceNames.map((name) => `/${name}`) : [""];
  const named = resources.flatMap((resource) =>
    apiGroups.flatMap((group) => names.map((name) => `${resource}${group ? `.${group}` : ""}${name}`)),
  );
  return [...named, ...nonResourceURLs];
}

/** What `granted` has beyond `wanted` and `common`, and what it lacks of `wanted`. */
export function compare(granted: Rule[], wanted: Rule[], common: Rule[]): { more: string[]; less: string[] } {
  const [has, should, everybody] = [granted, wanted, common].map(permissions) as [
    Set<string>,
    Set<string>,
    Set<string>,
  ];
  return {
    more: [...has].filter((one) => !should.has(one) && !everybody.has(one)).sort(),
    less: [...should].filter((one) => !has.has(one)).sort(),
  };
}

/** Rules in words, Secrets first: `reads every Secret, endpoints, pods; creates tokenreviews`. */
export function inWords(rules: Rule[]): string {
  const writing = new Map<string, Set<string>>();
  for (const { verbs, resources = [] } of rules) {
    for (const verb of verbs.filter((one) => !READING.includes(one))) {
      const things = writing.get(verb) ?? new Set();
      resources.forEach((resource) => things.add(resource));
      writing.set(verb, things);
    }
  }
  const parts = [...writing].map(([verb, things]) => `${verb}s ${[...things].join(", ")}`);
  return [readable(rules), ...parts].filter(Boolean).join("; ");
}

const READING = ["get", "list", "watch"];

function readable(rules: Rule[]): string {
  const reading = rules.filter(({ verbs }) => verbs.includes("list") || verbs.includes("*"));
  const resources = [...new Set(reading.flatMap(({ resources = [] }) => resources))];
  const groups = reading.filter(({ resources = [] }) => resources.includes("*"));
  const all = [
    ...(resources.includes("secrets") ? ["every Secret"] : []),
    ...allOf(groups.flatMap(({ apiGroups = [] }) => apiGroups)),
    ...resources.filter((resource) => resource !== "secrets" && resource !== "*"),
  ];
  return all.length > 0 ? `reads ${all.join(", ")}` : "";
}

/** Istio's API groups are many; they go together. */
function allOf(groups: string[]): string[] {
  const others = groups.filter((group) => !group.endsWith(".istio.io"));
  const istio = others.length < groups.length ? ["all of Istio's kinds"] : [];
  return [
    ...istio,
    ...others.map((group) => (group === "*" ? "everything" : `all kinds of ${group || "the core"}`)),
  ];
}
