import { serveProvider } from "../base";
import { stateProvider } from "../stateResource";
import { certRequest, locallySignedCert, privateKey, selfSignedCert } from "./resources";

/** Stands in for https://github.com/pulumi/pulumi-tls, which bridges hashicorp/terraform-provider-tls. */
serveProvider(
  stateProvider("tls", "5.6.1", {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
  }),
);
