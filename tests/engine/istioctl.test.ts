import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parseAllDocuments, stringify } from "yaml";
import { controlPlane, gateways } from "../../components/manifests/istioOperator";
import {
  istioOperatorDefinition,
  operatorObjects,
  WATCHED_NAMESPACES,
} from "../../components/manifests/operator";
import { createProgress } from "../../rehearsal/progress";
import { ensureTools } from "../../rehearsal/tools";
import { mesh } from "../unit/manifests/mesh";

interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; creationTimestamp?: null };
  spec?: Record<string, unknown>;
}

/** The version of which istioctl is here. */
const VERSION = "1.23.2";
const built = mesh({ istio: { version: VERSION } });

describe("against istioctl", () => {
  let istioctl: string;

  before(async () => {
    istioctl = (await ensureTools(createProgress())).istioctl;
  });

  function run(args: string[], input?: string): KubernetesObject[] {
    const output = execFileSync(istioctl, args, {
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
    return parseAllDocuments(output)
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  }

  it("renders the operator's objects as `istioctl operator dump` does", () => {
    const watched = WATCHED_NAMESPACES.join(",");
    const theirs = run(["operator", "dump", "--revision", "1-23-2", "--watchedNamespaces", watched]);
    const ours = Object.fromEntries(
      Object.entries(operatorObjects(built.istio)).map(([key, object]) => [kindOf(key), object as object]),
    );
    ours.CustomResourceDefinition = istioOperatorDefinition();

    assert.deepEqual(theirs.map(({ kind }) => kind).sort(), Object.keys(ours).sort());
    for (const object of theirs) {
      const { apiVersion, kind, ...rest } = withoutNoise(object);
      assert.deepEqual(ours[kind], rest, `${kind} is not what istioctl dumps`);
    }
  });

  it("renders the gateways' and istiod's objects with what keeps them available", () => {
    const cluster = { name: "us-east1", network: "us-east1", namedNeg: "us-east1" };
    const rendered = [controlPlane(built, cluster), gateways(built, cluster)].flatMap((resource) =>
      run(["manifest", "generate", "-f", "-"], stringify(resource)),
    );
    for (const name of ["istiod-1-23-2", "istio-eastwestgateway", "istio-ingressgateway"]) {
      const find = (kind: string) => {
        const object = rendered.find(
          ({ metadata, ...found }) => found.kind === kind && metadata.name === name,
        );
        assert.ok(object, `no ${kind} ${name}`);
        return object;
      };
      const pod = podSpec(find("Deployment"));
      assert.deepEqual(pod.nodeSelector, { "cloud.google.com/gke-spot": "true" }, name);
      assert.equal(pod.tolerations?.at(-1)?.key, "cloud.google.com/gke-spot", name);
      assert.ok(pod.affinity?.podAntiAffinity, name);
      assert.ok(pod.containers[0]?.resources?.requests?.cpu, name);
      assert.equal(find("HorizontalPodAutoscaler").spec?.minReplicas, 2, name);
      assert.equal(find("PodDisruptionBudget").spec?.minAvailable, 1, name);
    }
    const services = rendered.filter(({ kind }) => kind === "Service");
    const eastWest = services.find(({ metadata }) => metadata.name === "istio-eastwestgateway");
    assert.equal(eastWest?.spec?.type, "LoadBalancer");
    assert.deepEqual(eastWest.spec.loadBalancerSourceRanges, ["10.16.0.0/12"]);
    const ingress = services.find(({ metadata }) => metadata.name === "istio-ingressgateway");
    assert.equal(ingress?.spec?.type, "ClusterIP");
  });
});

function kindOf(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** Both say the same; these are the differences, each with its reason. */
function withoutNoise(object: KubernetesObject): KubernetesObject {
  // An empty timestamp, which the API server fills in.
  const { creationTimestamp, ...metadata } = object.metadata;
  if (object.kind !== "CustomResourceDefinition") {
    return { ...object, metadata };
  }
  // The column "Age" has a paragraph about time stamps in general; ours has a sentence.
  const spec = structuredClone(object.spec) as { versions: { additionalPrinterColumns: unknown[] }[] };
  spec.versions[0]?.additionalPrinterColumns.splice(2, 1, {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Time since the object was created",
  });
  return { ...object, metadata, spec };
}

interface PodSpec {
  nodeSelector?: Record<string, string>;
  tolerations?: { key: string }[];
  affinity?: { podAntiAffinity?: object };
  containers: { resources?: { requests?: { cpu?: string } } }[];
}

function podSpec(deployment: KubernetesObject): PodSpec {
  return (deployment.spec?.template as { spec: PodSpec }).spec;
}
