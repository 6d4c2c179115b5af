import { resourceRule } from "../rule";
import { kubeconfigProblem } from "../read/kubeconfig";
import { keysOf, SECRET, textOf } from "../read/secrets";
import { at, put, show } from "../read/values";

const LABEL = "istio/multiCluster";
const ANNOTATION = "networking.istio.io/cluster";

export const remoteSecret = resourceRule({
  name: "remote-secret-well-formed",
  displayName: "Remote secrets are found, name one cluster, and carry a token",
  severity: "high",
  tags: ["trust", "discovery"],
  description:
    "A remote secret has Istio's label and annotation, one key that is the cluster's name, and a kubeconfig whose user has a " +
    "token and nothing else, all keys written as they are; the API server is called by https, and its certificate is verified.",
  remediationSteps:
    `Label it ${LABEL}: "true", annotate it with ${ANNOTATION}: the cluster's name, use that name as its only key, and sign in ` +
    "with a service account's token.",
  url: "https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/#enable-endpoint-discovery",
  types: [SECRET],
  inspect({ props }, expect) {
    const name = at(props, "metadata", "name");
    const label = at(props, "metadata", "labels", LABEL);
    const named = typeof name === "string" && /^istio-remote-secret-/.test(name);
    if (!named && label === undefined) {
      return;
    }
    expect(`metadata.labels["${LABEL}"]`, () =>
      label === "true" ? undefined : `is ${show(label)}: istiod does not look at it; write "true"`,
    );
    expect(`metadata.annotations["${ANNOTATION}"]`, () => {
      const cluster = at(props, "metadata", "annotations", ANNOTATION);
      return typeof cluster === "string" && cluster ? undefined : "is missing: write the cluster's name";
    });
    expect("data", () => {
      const cluster = at(props, "metadata", "annotations", ANNOTATION);
      const keys = keysOf(props);
      return keys.length === 1 && (!cluster || keys[0] === cluster)
        ? undefined
        : `has the keys ${keys.join(", ") || "none"}: write one, ${show(cluster)}`;
    });
    for (const key of keysOf(props)) {
      expect(`data["${key}"]`, () => kubeconfigProblem(textOf(props, key) ?? ""));
    }
  },
  // istiod goes by the key: the annotation can only repeat it. A missing label may mean a cluster that someone took out.
  mend({ props }) {
    const [key, ...others] = keysOf(props);
    const labelled = at(props, "metadata", "labels", LABEL) === "true";
    return key !== undefined &&
      others.length === 0 &&
      labelled &&
      !at(props, "metadata", "annotations", ANNOTATION)
      ? put(props, key, "metadata", "annotations", ANNOTATION)
      : false;
  },
});
