import type { Policies } from "@pulumi/policy";
import { backendHealthCheck } from "./backendHealthCheck";
import { cacertsComplete } from "./cacertsComplete";
import { clusterDeletionProtection } from "./clusterDeletionProtection";
import { clusterHardened } from "./clusterHardened";
import { clusterHttpLoadBalancing } from "./clusterHttpLoadBalancing";
import { clusterNodeAutoProvisioning } from "./clusterNodeAutoProvisioning";
import { clusterPrivate } from "./clusterPrivate";
import { eastWestInternal } from "./eastWestInternal";
import { firewallMeshPorts } from "./firewallMeshPorts";
import { frontendRedirect } from "./frontendRedirect";
import { ingressStaticAddress } from "./ingressStaticAddress";
import { ingressTls } from "./ingressTls";
import { ingressWithoutLoadBalancer } from "./ingressWithoutLoadBalancer";
import { istioAvailable } from "./istioAvailable";
import { namespaceNetworkLabel } from "./namespaceNetworkLabel";
import { networksUnique } from "./networksUnique";
import { remoteSecret } from "./remoteSecret";

/** Every rule of the pack, in the order of RULES.md. */
export const rules: Policies = [
  eastWestInternal,
  ingressWithoutLoadBalancer,
  istioAvailable,
  clusterPrivate,
  clusterHardened,
  clusterNodeAutoProvisioning,
  clusterHttpLoadBalancing,
  clusterDeletionProtection,
  firewallMeshPorts,
  ingressStaticAddress,
  ingressTls,
  frontendRedirect,
  backendHealthCheck,
  cacertsComplete,
  remoteSecret,
  namespaceNetworkLabel,
  networksUnique,
];
