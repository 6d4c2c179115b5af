import { z } from "zod";
import { domainName, label, oneOf, text, wholeNumber } from "./fields";

/** `mesh.ingress`: the global load balancer. */
export const ingress = z.strictObject({
  /** What the global load balancer answers with: one of the four. Default: `selfSigned`. */
  certificate: z
    .strictObject({
      /** Made here; browsers warn. The name's default: `dns.domain`, or `<mesh.id>.internal`. */
      selfSigned: z.strictObject({ commonName: domainName("mesh.example.com").optional() }).optional(),
      /** A TLS Secret of yours, in namespace istio-gateways of the config cluster. */
      secretName: label("edge-tls", 253).optional(),
      /** Made by Google; active once the domains' DNS points at the global address. */
      managed: z
        .strictObject({ domains: z.array(text("a domain name such as shop.example.com")).min(1).max(100) })
        .optional(),
      /** Names of SSL certificates that are in the project already. */
      preShared: z.array(label("shop-example-com")).min(1).max(15).optional(),
    })
    .optional(),
  /** Seconds until the load balancer gives up on an answer. Default: Google's, 30. */
  responseTimeoutSeconds: wholeNumber(1, 86_400, "seconds").optional(),
  /** https://cloud.google.com/load-balancing/docs/ssl-policies-concepts */
  sslPolicy: z
    .strictObject({
      minTlsVersion: oneOf(["TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"]).default("TLS_1_2"),
      profile: oneOf(["COMPATIBLE", "MODERN", "RESTRICTED", "FIPS_202205"]).default("MODERN"),
    })
    .optional(),
  /** Name of a Cloud Armor security policy that is in the project already. */
  securityPolicy: label("edge").optional(),
});
