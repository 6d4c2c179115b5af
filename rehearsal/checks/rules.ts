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

const READING = ["get", "list", "watch"];

/** Rules in words, Secrets first: `reads every Secret, endpoints, pods; creates tokenreviews`. */
export function inWords(rules: Rule[]): string {
  const parts = [readable(rules)];
  const byVerbs = new Map<string, string[]>();
  for (const { verbs, resources = [] } of rules) {
    const writing = verbs.filter((verb) => !READING.includes(verb)).map((verb) => `${verb}s`);
    if (writing.length > 0) {
      const key = writing.join(" and ");
      byVerbs.set(key, [...(byVerbs.get(key) ?? []), ...resources]);
    }
  }
  for (const [verbs, resources] of byVerbs) {
    parts.push(`${verbs} ${resources.join(", ")}`);
  }
  return parts.filter(Boolean).join("; ");
}

function readable(rules: Rule[]): string {
  const reading = rules.filter(({ verbs }) => verbs.includes("list") || verbs.includes("*"));
  const resources = [...new Set(reading.flatMap(({ resources = [] }) => resources))];
  const secrets = resources.includes("secrets") ? ["every Secret"] : [];
  const groups = reading
    .filter(({ resources = [] }) => resources.includes("*"))
    .flatMap(({ apiGroups = [] }) => apiGroups);
  const others = resources.filter((resource) => resource !== "secrets" && resource !== "*");
  const all = [...secrets, ...others, ...(groups.length > 0 ? [`everything of ${groups.join(", ")}`] : [])];
  return all.length > 0 ? `reads ${all.join(", ")}` : "";
}
