import { apiVersionOf, kindOf, type KubeObject } from "./object";

/** A kind as the resource's type token names it. */
export interface Kind {
  /** `v1`, `apps/v1`. */
  apiVersion: string;
  /** Without the `Patch` of a Patch resource's type. */
  kind: string;
}

const builtInGroups = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** Kinds of the built-in groups that have no namespace: known without asking a cluster. */
const clusterScoped = new Set(
  (
    "Namespace Node PersistentVolume ComponentStatus ClusterRole ClusterRoleBinding CustomResourceDefinition " +
    "APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy " +
    "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding PriorityClass " +
    "StorageClass VolumeAttachment CSIDriver CSINode VolumeAttributesClass IngressClass IPAddress ServiceCIDR " +
    "RuntimeClass CertificateSigningRequest ClusterTrustBundle FlowSchema PriorityLevelConfiguration TokenReview " +
    "SelfSubjectReview SubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview DeviceClass ResourceSlice"
  ).split(" "),
);

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Whether Kubernetes itself defines the kind (else it is a custom resource). */
export function isBuiltIn(object: KubeObject): boolean {
  return builtInGroups.has(groupOf(apiVersionOf(object)));
}

/** Undefined for custom resources. */
export function builtInNamespaced({ apiVersion, kind }: Kind): boolean | undefined {
  return builtInGroups.has(groupOf(apiVersion)) ? !clusterScoped.has(kind) : undefined;
}

export function isSecret(object: KubeObject): boolean {
  return apiVersionOf(object) === "v1" && kindOf(object) === "Secret";
}

export function isConfigMap(object: KubeObject): boolean {
  return apiVersionOf(object) === "v1" && kindOf(object) === "ConfigMap";
}

export function isCrd(object: KubeObject): boolean {
  return (
    groupOf(apiVersionOf(object)) === "apiextensions.k8s.io" && kindOf(object) === "CustomResourceDefinition"
  );
}

/**
 * `kubernetes:core/v1:Secret`, `kubernetes:install.istio.io/v1alpha1:IstioOperator`.
 * @throws Error when the token has no group and version.
 */
export function kindOfType(type: string): Kind {
  const [, module = "", kind = ""] = type.split(":");
  const [group, version] = module.split("/");
  if (!group || !version || !kind) {
    throw new Error(`apiVersion does not have both a group and a version: "${module}"`);
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/** A Patch resource (`NamespacePatch`) changes some fields of an object that somebody else made. */
export function isPatch(type: string, object: KubeObject): boolean {
  return type.endsWith(`:${kindOf(object)}Patch`);
}

/** Lists are no objects of the cluster: they only exist in YAML files. */
export function isList(type: string): boolean {
  const { apiVersion, kind } = kindOfType(type);
  return kind.endsWith("List") && builtInGroups.has(groupOf(apiVersion));
}
