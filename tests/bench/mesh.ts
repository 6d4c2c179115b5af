import type { CreateRequest } from "../../rehearsal/engine/providers/base";
import {
  certRequest,
  locallySignedCert,
  privateKey,
  selfSignedCert,
} from "../../rehearsal/engine/providers/tls/resources";
import type { Properties } from "../../rehearsal/engine/providers/values";
import { computedOutputs, type Outputs } from "../components/computed";
import type { Registered } from "../components/mocks";
import { configOf, meshOf, runProgram } from "../components/program";
import { reveal } from "../components/wire";

/** What the real program registers for a mesh of that many clusters in one stack. At most 100. */
export async function resourcesOfMesh(clusters: number): Promise<Registered[]> {
  const names = Array.from({ length: clusters }, (_, index) => `c${index + 1}`);
  const config = configOf("us-east1");
  const mesh = {
    ...meshOf(config),
    cidr: "10.0.0.0/8",
    configCluster: names[0],
    clusters: Object.fromEntries(names.map((name, index) => [name, clusterOf(index)])),
  };
  const { resources, errors } = await runProgram(
    { ...config, "mesh:mesh": mesh, "mesh:clusters": names },
    { stack: "all", outputs: realCertificates },
  );
  if (errors[0]) {
    throw errors[0];
  }
  return resources;
}

const REGIONS = ["us-east1", "us-central1", "europe-west1", "asia-east1"];

function clusterOf(index: number) {
  const [first, second] = [`10.${2 * index}`, `10.${2 * index + 1}`];
  return {
    region: REGIONS[index % REGIONS.length],
    ranges: { nodes: `${first}.0.0/20`, services: `${first}.16.0/20`, pods: `${second}.0.0/16` },
  };
}

const request = { log: () => undefined } as unknown as CreateRequest;

/** The mocks' certificates are words, which no rule would take long to read. */
const realCertificates: Outputs = (type, name, inputs) => {
  const values = reveal(inputs) as Properties;
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return privateKey.create({ algorithm: "ECDSA", ecdsaCurve: "P256" }, request).outputs;
    case "tls:index/certRequest:CertRequest":
      return certRequest.create(values, request).outputs;
    case "tls:index/selfSignedCert:SelfSignedCert":
      return selfSignedCert.create(values, request).outputs;
    case "tls:index/locallySignedCert:LocallySignedCert":
      return locallySignedCert.create(values, request).outputs;
    default:
      return computedOutputs(type, name);
  }
};
