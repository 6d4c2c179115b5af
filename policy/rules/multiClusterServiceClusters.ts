import { stackRule } from "../rule";
import { readEach } from "../read/stack";
import { at, listAt, show } from "../read/values";
import { CLUSTER } from "./clusterPrivate";
import { MULTI_CLUSTER_SERVICES } from "./multiClusterService";

interface Config {
  clusters: string[];
}

export const multiClusterServiceClusters = stackRule<Config>({
  name: "multi-cluster-service-clusters",
  displayName: "The global load balancer's backends are in clusters that exist",
  severity: "high",
  tags: ["edge"],
  description:
    "A cluster that a MultiClusterService names is one of the stack's, or of those that the parameter names. Without the " +
    "parameter the clusters of other stacks are not known, and nothing is judged.",
  remediationSteps:
    "Write the location and the name of a cluster of the mesh, or leave spec.clusters out: then all members of the fleet are " +
    "backends. A link to a cluster that does not exist is ignored without a word.",
  url: "https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-ingress#cluster_selection",
  configSchema: {
    properties: {
      clusters: {
        type: "array",
        items: { type: "string" },
        default: [],
        description:
          "Clusters of other stacks, as LOCATION/CLUSTER; empty: they are not known, and any may be named.",
      },
    },
  },
  types: [...MULTI_CLUSTER_SERVICES, CLUSTER],
  inspect(subjects, expect, { clusters }) {
    const services = subjects.filter(({ type }) => type !== CLUSTER);
    if (clusters.length === 0 || services.length === 0) {
      return;
    }
    const known = new Set(clusters);
    const complete = readEach(
      subjects.filter(({ type }) => type === CLUSTER),
      expect,
      ({ props }) => known.add(`${String(at(props, "location"))}/${String(at(props, "name"))}`),
    );
    for (const service of services) {
      expect(service)("spec.clusters", () =>
        listAt(service.props, "spec", "clusters").forEach((entry, index) =>
          expect(service)(`spec.clusters[${index}].link`, () => {
            const link = at(entry, "link");
            return known.has(String(link)) || !complete
              ? undefined
              : `is ${show(link)}, which is none of the clusters: write one of ${[...known].join(", ")}`;
          }),
        ),
      );
    }
  },
});
