import type { Resource } from "../harness";
import type { Props } from "./index";

/** Google's form of an id, by type; the mocks have a resource's name in its place. */
const IDS: Record<string, (props: Props) => string> = {
  "gcp:compute/network:Network": ({ project, name }) =>
    `projects/${String(project)}/global/networks/${String(name)}`,
  "gcp:compute/subnetwork:Subnetwork": ({ project, region, name }) =>
    `projects/${String(project)}/regions/${String(region)}/subnetworks/${String(name)}`,
};

/** The same resources, which refer to networks and subnets as Google answers: by this a rule finds what belongs together. */
export function withGooglesIds(stacks: Record<string, Resource[]>): Record<string, Resource[]> {
  const ids = new Map<unknown, string>();
  for (const { type, name, props } of Object.values(stacks).flat()) {
    const idOf = IDS[type];
    if (idOf) {
      ids.set(`${name}-id`, idOf(props));
    }
  }
  const known = ({ props }: Resource) =>
    Object.fromEntries(Object.entries(props).map(([key, value]) => [key, ids.get(value) ?? value]));
  return Object.fromEntries(
    Object.entries(stacks).map(([stack, resources]) => [
      stack,
      resources.map((resource) => ({ ...resource, props: known(resource) })),
    ]),
  );
}
