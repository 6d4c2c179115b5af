import type { Protected } from "./index";

const PAIR = "istio-kubernetes-pair";
const END = "istio-end-of-life";

const OPERATOR = { types: ["kubernetes:install.istio.io/v1alpha1:IstioOperator"] };
const DEPLOYMENT: Pick<Protected, "types" | "where"> = {
  types: ["kubernetes:apps/v1:Deployment"],
  where: ({ name }) => name?.endsWith("-operator") === true,
};
const CLUSTER = { types: ["gcp:container/cluster:Cluster"] };

/** The last line with an operator, which the program uses, works on Kubernetes 1.33. */
const isLine = (value: unknown) => /1\.23\.\d+$/.test(String(value)) || value === undefined;
const images = (...tags: string[]) => tags.map((tag) => `docker.io/istio/operator:${tag}`);
const PLACES: [Pick<Protected, "types" | "where">, string, (...tags: string[]) => unknown[]][] = [
  [OPERATOR, "spec.tag", (...tags) => tags],
  [DEPLOYMENT, "spec.template.spec.containers[*].image", images],
];

export const versionFields: Protected[] = [
  ...PLACES.flatMap(([types, path, tags]): Protected[] => [
    { ...types, path, rule: PAIR, must: isLine, oneOf: tags("1.16.7", "1.23.1", "1.24.0"), also: [END] },
    { ...types, path, rule: END, must: isLine, oneOf: tags("1.16.7", "1.20.8"), also: [PAIR] },
  ]),
  {
    ...CLUSTER,
    rule: PAIR,
    path: "minMasterVersion",
    must: (value) => value === "1.33.2-gke.100",
    oneOf: ["1.20", "1.33.2-gke.100", "1.60"],
  },
];
