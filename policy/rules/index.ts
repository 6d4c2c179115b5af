import type { Policies } from "@pulumi/policy";
import { backendHealthCheck } from "./backendHealthCheck";
import { caCertificatesLasting } from "./caCertificatesLasting";
import { caCertificatesMaySign } from "./caCertificatesMaySign";
import { cacertsChained } from "./cacertsChained";
import { cacertsComplete } from "./cacertsComplete";
import { cacertsOneRoot } from "./cacertsOneRoot";
import { clusterDeletionProtection } from "./clusterDeletionProtection";
import { clusterHardened } from "./clusterHardened";
import { clusterHttpLoadBalancing } from "./clusterHttpLoadBalancing";
import { clusterNodeAutoProvisioning } from "./clusterNodeAutoProvisioning";
import { clusterPrivate } from "./clusterPrivate";
import { crossNetworkGateway } from "./crossNetworkGateway";
import { eastWestInternal } from "./eastWestInternal";
import { eastWestRestricted } from "./eastWestRestricted";
import { firewallMeshPorts } from "./firewallMeshPorts";
import { firewallWebhook } from "./firewallWebhook";
import { frontendRedirect } from "./frontendRedirect";
import { ingressStaticAddress } from "./ingressStaticAddress";
import { ingressTls } from "./ingressTls";
import { ingressWithoutLoadBalancer } from "./ingressWithoutLoadBalancer";
import { istioAvailable } from "./istioAvailable";
import { istioDeploymentsAvailable } from "./istioDeploymentsAvailable";
import { istioEndOfLife } from "./istioEndOfLife";
import { istioKubernetesPair } from "./istioKubernetesPair";
import { keysStrong } from "./keysStrong";
import { meshMtls } from "./meshMtls";
import { multiClusterService } from "./multiClusterService";
import { multiClusterServiceClusters } from "./multiClusterServiceClusters";
import { namespaceNetworkLabel } from "./namespaceNetworkLabel";
import { networksUnique } from "./networksUnique";
import { nodesHardened } from "./nodesHardened";
import { privateKeysInSecrets } from "./privateKeysInSecrets";
import { rangesDisjoint } from "./rangesDisjoint";
import { remoteSecret } from "./remoteSecret";
import { sslPolicyStrong } from "./sslPolicyStrong";

/** Every rule of the pack, in the order of RULES.md. */
export const rules: Policies = [
  eastWestInternal,
  eastWestRestricted,
  ingressWithoutLoadBalancer,
  istioAvailable,
  istioDeploymentsAvailable,
  clusterPrivate,
  clusterHardened,
  nodesHardened,
  clusterNodeAutoProvisioning,
  clusterHttpLoadBalancing,
  clusterDeletionProtection,
  firewallMeshPorts,
  firewallWebhook,
  rangesDisjoint,
  crossNetworkGateway,
  ingressStaticAddress,
  ingressTls,
  sslPolicyStrong,
  frontendRedirect,
  backendHealthCheck,
  multiClusterService,
  multiClusterServiceClusters,
  cacertsComplete,
  cacertsChained,
  cacertsOneRoot,
  caCertificatesMaySign,
  caCertificatesLasting,
  keysStrong,
  privateKeysInSecrets,
  remoteSecret,
  namespaceNetworkLabel,
  networksUnique,
  meshMtls,
  istioKubernetesPair,
  istioEndOfLife,
];
