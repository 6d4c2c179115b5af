import type { ResourceType } from "../schema";
import { address, globalAddress, managedSslCertificate, securityPolicy, sslPolicy } from "./addresses";
import { certificate } from "./certificate";
import { cluster } from "./cluster";
import { managedZone, recordSet } from "./dns";
import { feature, membership } from "./fleet";
import { firewall, network, router, routerNat, subnetwork } from "./network";
import { nodePool } from "./nodePool";
import { account, accountMember, projectMember, service, serviceIdentity } from "./projects";

/** Every resource type that the stand-in has, by token. */
export const resourceTypes = new Map<string, ResourceType>(
  [
    account,
    accountMember,
    address,
    certificate,
    cluster,
    feature,
    firewall,
    globalAddress,
    managedSslCertificate,
    managedZone,
    membership,
    network,
    nodePool,
    projectMember,
    recordSet,
    router,
    routerNat,
    securityPolicy,
    service,
    serviceIdentity,
    sslPolicy,
    subnetwork,
  ].map((type) => [type.token, type]),
);
