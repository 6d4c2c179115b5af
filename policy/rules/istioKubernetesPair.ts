import { type IstioVersion, istioVersionOf, VERSION_TYPES } from "../read/istioVersions";
import { stackRule, type Subject } from "../rule";
import { at } from "../read/values";
import { ISTIO_LINES, LAST_WITH_OPERATOR, lineOf, minorOf, sayKubernetes, worksOn } from "../read/versions";
import { CLUSTER } from "./clusterPrivate";

interface Config {
  pairs: string[];
}

interface Found extends IstioVersion {
  subject: Subject;
}

export const istioKubernetesPair = stackRule<Config>({
  name: "istio-kubernetes-pair",
  displayName: "Istio works on the cluster's Kubernetes version",
  severity: "high",
  tags: ["istio", "versions"],
  description:
    "The Istio version of IstioOperators, istiod, the operator and Istio's charts works on the Kubernetes version of their " +
    "cluster, and one that the operator installs has an operator. Their cluster is the one of this stack that is named like " +
    "their provider, or the only one beside a single provider; others are not judged.",
  remediationSteps:
    "Write a pair of Istio's support table: another tag (hub and revision with it), or another minMasterVersion.",
  url: "https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases",
  configSchema: {
    properties: {
      pairs: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: "Further pairs that you have tried yourself, as ISTIO/KUBERNETES, such as 1.23/1.34.",
      },
    },
  },
  types: [...VERSION_TYPES, CLUSTER],
  inspect(subjects, expect, { pairs }) {
    const clusters = new Map(
      subjects.filter(({ type }) => type === CLUSTER).map((cluster) => [cluster.name, cluster]),
    );
    const found: Found[] = [];
    for (const subject of subjects.filter(({ type }) => type !== CLUSTER)) {
      expect(subject)("", () => {
        const version = istioVersionOf(subject);
        if (version) {
          found.push({ ...version, subject });
        }
      });
    }
    const providers = new Set(found.map(({ subject }) => subject.provider));
    const only = clusters.size === 1 && providers.size === 1 ? [...clusters.values()][0] : undefined;
    const accepted = new Set(pairs);
    for (const istio of found) {
      expect(istio.subject)(istio.field, () => lineProblem(istio));
      const cluster = clusters.get(istio.subject.provider?.split("::").at(-1) ?? "") ?? only;
      // The wanted version first: what really runs is known when the cluster is there.
      for (const field of cluster ? ["minMasterVersion", "masterVersion"] : []) {
        expect(istio.subject)(istio.field, () => {
          const problem = pairProblem(istio, minorOf(at(cluster?.props, field)), accepted);
          return problem && `is "${istio.version}": ${problem} (${field} of ${cluster?.name})`;
        });
      }
    }
  },
});

function lineProblem({ version, minor, operator }: IstioVersion): string | undefined {
  if (operator && minor > LAST_WITH_OPERATOR) {
    return `is "${version}": the in-cluster operator ends with Istio 1.${LAST_WITH_OPERATOR}; write one of that line, or install with Helm`;
  }
  return undefined;
}

function pairProblem(
  { minor, operator }: IstioVersion,
  kubernetes: number | undefined,
  accepted: Set<string>,
): string | undefined {
  if (kubernetes === undefined || accepted.has(`1.${minor}/1.${kubernetes}`)) {
    return undefined;
  }
  const line = lineOf(minor);
  if (line && worksOn(line, kubernetes)) {
    return undefined;
  }
  const able = ISTIO_LINES.filter(
    (other) => worksOn(other, kubernetes) && (!operator || other.minor <= LAST_WITH_OPERATOR),
  ).at(-1);
  const remedy = able ? `write a version of 1.${able.minor}` : "write another Kubernetes version";
  return line
    ? `Istio 1.${minor} works on Kubernetes ${sayKubernetes(line)}, not on 1.${kubernetes}; ${remedy}`
    : `nothing is known of Istio 1.${minor} on Kubernetes 1.${kubernetes}; ${remedy}, or add the pair to pairs`;
}
