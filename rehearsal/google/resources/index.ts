import type { ResourceKind } from "../resource";
import { address, globalAddress } from "./address";
import { authorityPool, certificateAuthority, issuedCertificate } from "./authority";
import { cluster } from "./cluster";
import { managedZone, recordSet } from "./dns";
import { managedSslCertificate, securityPolicy, sslPolicy } from "./edge";
import { feature, membership } from "./fleet";
import { account, accountMember, projectMember } from "./iam";
import { network, subnetwork } from "./network";
import { nodePool } from "./nodePool";
import { service, serviceIdentity } from "./projects";
import { firewall, router, routerNat } from "./routing";

/** Every type of resource that the simulated project has, by token. */
export const kinds = new Map<string, ResourceKind>(
  [
    account,
    accountMember,
    address,
    authorityPool,
    certificateAuthority,
    cluster,
    feature,
    firewall,
    globalAddress,
    issuedCertificate,
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
  ].map((kind) => [kind.type, kind]),
);
