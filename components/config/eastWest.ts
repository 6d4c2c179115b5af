import type { Draft } from "./draft";
import { at, type Problem, twice } from "./problems";
import { read } from "./ranges";
import { minorOf } from "./versions";

/** Below this an "allowed" range is a large part of the internet. */
const NARROW_ENOUGH = 8;

/** From here on istiod builds the listeners of an AUTO_PASSTHROUGH gateway without authorization: istio/istio#46899. */
const FIRST_UNAUTHORIZED = 20;

/** Checks who may reach the gateways for traffic between clusters. */
export function eastWestProblems({ mesh, broken }: Draft): Problem[] {
  if (broken("eastWest")) return [];
  const { access, sourceRanges } = mesh.eastWest;
  const path = at("eastWest", "sourceRanges");
  if (access === "internal") {
    return sourceRanges.length === 0
      ? []
      : [
          {
            path,
            value: sourceRanges,
            remedy: `only an external gateway has them, an internal one admits mesh.cidr; leave it out, or write access: external`,
          },
        ];
  }
  if (sourceRanges.length === 0) {
    return [
      {
        path,
        remedy:
          "is empty, and access is external: the gateway would be open to the internet; write the ranges from which the other clusters come, or access: internal",
      },
    ];
  }
  const problems = twice(path, sourceRanges);
  for (const [index, text] of sourceRanges.entries()) {
    const itemPath = at("eastWest", "sourceRanges", index);
    const range = read(itemPath, text, problems);
    if (range && range.prefix < NARROW_ENOUGH) {
      problems.push({
        path: itemPath,
        value: text,
        remedy: "would open the gateway to the internet; write the ranges from which the other clusters come",
      });
    }
  }
  return problems;
}

/** What the program cannot protect. */
export function eastWestWarnings({ mesh }: Draft): string[] {
  const { access } = mesh.eastWest;
  return access === "external" && minorOf(mesh.istio.version) >= FIRST_UNAUTHORIZED
    ? [
        `mesh.eastWest.access is "external": from Istio 1.${FIRST_UNAUTHORIZED} on the gateway ignores its AuthorizationPolicy, so mesh.eastWest.sourceRanges alone keep others out. Require mutual TLS (PeerAuthentication STRICT) and authorize at the workloads; or write mesh.eastWest.access: internal.`,
      ]
    : [];
}
