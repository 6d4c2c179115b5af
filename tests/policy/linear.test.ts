import assert from "node:assert/strict";
import { rules } from "../../policy/rules";
import { resourcesOfMesh } from "../bench/mesh";
import { judge, type Resource } from "./harness";
import { withGooglesIds } from "./mutations/ids";
import { recording } from "./mutations/reads";

/** A rule that compares every resource with every other one reads twice as much of each where there are twice as many. */
const GROWTH = 1.2;

/** Reads of properties of the one resource of which most is read: the mix of kinds changes with the mesh. */
function mostReads(resources: Resource[], work: (resources: Resource[]) => void): number {
  const recorded = resources.map((resource) => {
    const { props, count } = recording(resource.props);
    return { count, resource: { ...resource, props } };
  });
  work(recorded.map(({ resource }) => resource));
  return Math.max(...recorded.map(({ count }) => count()));
}

async function meshOf(clusters: number): Promise<Resource[]> {
  const registered = await resourcesOfMesh(clusters);
  const mesh = registered.map(({ type, name, inputs, provider }) => ({
    type,
    name,
    props: inputs,
    provider,
  }));
  return withGooglesIds({ mesh }).mesh ?? [];
}

describe("what the rules cost for each resource", function () {
  this.timeout(60_000);
  let small: Resource[];
  let large: Resource[];

  before(async () => {
    small = await meshOf(2);
    large = await meshOf(4);
  });

  for (const { name } of rules) {
    it(`does not grow with the mesh: ${name}`, () => {
      const [few, many] = [small, large].map((mesh) =>
        mostReads(mesh, (resources) => assert.deepEqual(judge(name, resources).findings, [])),
      ) as [number, number];
      assert.ok(many <= few * GROWTH, `${few} reads in 2 clusters, ${many} in 4`);
    });
  }

  it("is seen to grow where all are compared with all", () => {
    const compareAll = (resources: Resource[]) => {
      const namespaces = resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
      namespaces.forEach((one) => namespaces.some(({ props }) => props.metadata === one));
    };
    const [few, many] = [small, large].map((mesh) => mostReads(mesh, compareAll)) as [number, number];
    assert.ok(many > few * GROWTH, `${few} reads in 2 clusters, ${many} in 4`);
  });
});
