import { failed, type Finding, keyOf, type Question, unknown, verdict } from "../check";
import {
  configCluster,
  EDGE,
  GATEWAY_NAMESPACE,
  kubectl,
  type Mesh,
  type MeshCluster,
  putBack,
} from "../mesh";
import { annotationOf, count, decoded, type KubernetesObject, listAt, objectAt, textAt } from "../objects";
import { certificatesIn } from "./chain";
import { credentialProblems, lastDay } from "./gateways";

const STATIC_IP = "networking.gke.io/static-ip";
const FRONTEND_CONFIG = "networking.gke.io/frontend-config";

/** The global load balancer in front of all clusters, as the objects tell from which Google makes it. */
export function edgeQuestions(mesh: Mesh): Question[] {
  const config = configCluster(mesh);
  return config ? shared(mesh, config) : [];
}

function shared(mesh: Mesh, config: MeshCluster): Question[] {
  const { name } = config;
  const k = `${kubectl(config)} -n ${GATEWAY_NAMESPACE}`;
  const back = putBack(config);
  const feature = keyOf({ id: "fleet-feature", cluster: name });
  const ingress = keyOf({ id: "ingress-address", cluster: name });
  const certificate: Question = {
    id: "edge-certificate",
    cluster: name,
    title: "The edge has a certificate",
    breaks: "browsers refuse the global address, or nothing answers on 443",
    fix: `${back}; the choice: mesh.ingress.certificate in Pulumi.yaml; Google's own: gcloud compute ssl-certificates list --global`,
    needs: [ingress],
    ask: () => edgeCertificate(mesh, config),
  };
  return [
    {
      id: "fleet-feature",
      cluster: name,
      title: "The fleet has its feature",
      breaks: "Google makes no global load balancer",
      fix: `gcloud container fleet ingress describe; ${back}`,
      ask: () => featureKinds(config),
    },
    {
      id: "ingress-address",
      cluster: name,
      title: "One address for the mesh",
      breaks: "nothing answers at the global address",
      fix: `what Google says: ${k} describe multiclusteringress ${EDGE}; ${back}`,
      needs: [feature],
      ask: () => address(mesh, config),
    },
    certificate,
    {
      id: "redirect",
      cluster: name,
      title: "HTTP is redirected",
      breaks: "plain HTTP is answered, and can be read on the way",
      fix: `${back}; FrontendConfig: spec.redirectToHttps.enabled: true, named by the annotation ${FRONTEND_CONFIG}`,
      needs: [ingress],
      ask: () => redirect(config),
    },
  ];
}

async function featureKinds({ api }: MeshCluster): Promise<Finding> {
  const kinds = await api
    .request<{ resources?: { kind: string }[] }>("GET", "/apis/networking.gke.io/v1")
    .catch(() => ({ resources: [] }));
  const missing = ["MultiClusterIngress", "MultiClusterService"].filter(
    (kind) => !kinds.resources?.some((one) => one.kind === kind),
  );
  return verdict(
    missing.length > 0
      ? [`Google has not installed ${missing.join(" and ")}: the feature is not ready, or off`]
      : [],
    "MultiClusterIngress and -Service are served",
  );
}

/** The one MultiClusterIngress. @throws when there is none, or more. */
export async function ingressOf({ api, name }: MeshCluster): Promise<KubernetesObject> {
  const found = await api.list("networking.gke.io/v1", "MultiClusterIngress", {
    namespace: GATEWAY_NAMESPACE,
  });
  const [ingress] = found;
  if (!ingress || found.length > 1) {
    throw new Error(
      `${name} has ${count(found.length, "MultiClusterIngress object")} in ${GATEWAY_NAMESPACE}`,
    );
  }
  return ingress;
}

async function address(mesh: Mesh, config: MeshCluster): Promise<Finding> {
  const ingress = await ingressOf(config);
  const rules = objectAt(ingress, "status.CloudResources").ForwardingRules;
  const problems = addressProblems(ingress, mesh.address);
  return verdict(
    problems,
    `${textAt(ingress, "status.VIP")}, ${count(Array.isArray(rules) ? rules.length : 0, "forwarding rule")}`,
  );
}

export function addressProblems(ingress: KubernetesObject, reserved: string | undefined): string[] {
  const [wanted, given] = [annotationOf(ingress, STATIC_IP), textAt(ingress, "status.VIP")];
  const { name } = ingress.metadata;
  const expected = reserved ?? wanted;
  return [
    ...(wanted === expected
      ? []
      : [`MultiClusterIngress ${name} asks for ${wanted ?? "no address"}; reserved is ${expected}`]),
    ...(given === undefined
      ? [`MultiClusterIngress ${name} has no address in its status`]
      : given === expected
        ? []
        : [`MultiClusterIngress ${name} has ${given}; reserved is ${expected}`]),
  ];
}

async function edgeCertificate(mesh: Mesh, config: MeshCluster): Promise<Finding> {
  const ingress = await ingressOf(config);
  const names = listAt(ingress, "spec.template.spec.tls").flatMap((one) => textAt(one, "secretName") ?? []);
  if (names.length === 0) {
    const preShared = annotationOf(ingress, "networking.gke.io/pre-shared-certs");
    return preShared
      ? unknown(`it is Google's own, ${preShared}: gcloud compute ssl-certificates list --global`)
      : failed("the MultiClusterIngress names no certificate");
  }
  const secrets = await Promise.all(
    names.map(async (name) => ({
      name,
      secret: await config.api.get("v1", "Secret", name, GATEWAY_NAMESPACE),
    })),
  );
  const problems = secrets.flatMap(({ name, secret }) => {
    const found = credentialProblems(name, secret, mesh.now);
    return found.length > 0 ? found : hostProblems(name, secret, mesh.config.certificateNames);
  });
  return verdict(problems, secrets.map(({ name, secret }) => `${name} until ${lastDay(secret)}`).join(", "));
}

export function hostProblems(name: string, secret: KubernetesObject | undefined, hosts: string[]): string[] {
  const [certificate] = certificatesIn(decoded(secret)["tls.crt"] ?? "");
  return hosts
    .filter((host) => certificate?.checkHost(host) === undefined)
    .map((host) => `the certificate in Secret ${name} is not for ${host}`);
}

async function redirect(config: MeshCluster): Promise<Finding> {
  const name = annotationOf(await ingressOf(config), FRONTEND_CONFIG);
  const frontend =
    name && (await config.api.get("networking.gke.io/v1beta1", "FrontendConfig", name, GATEWAY_NAMESPACE));
  if (!frontend) {
    return failed(
      name ? `there is no FrontendConfig ${name}` : `the MultiClusterIngress names no FrontendConfig`,
    );
  }
  const { enabled, responseCodeName } = objectAt(frontend, "spec.redirectToHttps");
  return enabled === true
    ? { status: "ok", detail: `FrontendConfig ${name}: ${String(responseCodeName)}` }
    : failed(`FrontendConfig ${name} does not redirect to HTTPS`);
}
