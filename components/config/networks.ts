import type { Draft } from "./draft";
import { clusterNames, isExisting } from "./names";
import { at, repeated, type Problem } from "./problems";

/** Checks the VPC and the subnets that are named because they are there already. */
export function networkProblems(draft: Draft): Problem[] {
  const { mesh, broken } = draft;
  const clusters = Object.entries(mesh.clusters).filter(([name]) => !broken("clusters", name));
  const problems: Problem[] = [];
  const needless =
    clusterNames(draft).length > 0 && clusterNames(draft).every((name) => isExisting(draft, name));
  if (mesh.vpc && !broken("vpc") && needless) {
    problems.push({
      path: at("vpc"),
      value: mesh.vpc,
      remedy: "does nothing: every cluster exists already, with a network of its own; leave it out",
    });
  }
  const subnetworks: [string, string][] = [];
  for (const [name, { subnetwork, region }] of clusters) {
    if (!subnetwork) continue;
    const path = at("clusters", name, "subnetwork");
    if (isExisting(draft, name)) {
      problems.push({
        path,
        remedy: "does nothing: the cluster exists already, in its subnet; leave it out",
      });
    } else if (!mesh.vpc && !broken("vpc")) {
      problems.push({
        path,
        remedy:
          "is in no VPC: the one that this program makes is empty at first; write mesh.vpc: <name of the VPC>",
      });
    }
    if (subnetwork.pods === subnetwork.services) {
      problems.push({
        path: `${path}.services`,
        value: subnetwork.services,
        remedy: "is the range for pods too; write the name of another one of the subnet's secondary ranges",
      });
    }
    subnetworks.push([name, `${region}/${subnetwork.name}`]);
  }
  for (const [subnetwork, [first = "", ...others]] of repeated(subnetworks)) {
    problems.push(
      ...others.map((name) => ({
        path: at("clusters", name, "subnetwork", "name"),
        value: subnetwork.split("/").at(-1),
        remedy: `is the subnet of ${first} too, and clusters do not share ranges; write another one`,
      })),
    );
  }
  return problems;
}
