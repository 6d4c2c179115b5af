import { backendConfig } from "./backendConfig";
import { multiClusterIngress, multiClusterService } from "./multiCluster";
import { frontendConfig, managedCertificate, serviceNetworkEndpointGroup } from "./networking";

/** What GKE installs in each cluster at birth, as far as this project touches it. */
export const clusterDefinitions = [
  backendConfig,
  frontendConfig,
  managedCertificate,
  serviceNetworkEndpointGroup,
];

/** What the feature `multiclusteringress` brings, to the config cluster only. */
export const multiClusterIngressDefinitions = [multiClusterIngress, multiClusterService];
