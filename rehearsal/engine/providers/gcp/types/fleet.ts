import { block, map, text, type ResourceType } from "../schema";
import { sameReference } from "../validators";
import { common, labelOutputs } from "./common";

/** Links mean the same from `projects/` on (`suppressGkeHubEndpointSelfLinkDiff`). */
const sameLink = (a: unknown, b: unknown) =>
  String(a).replace(/^.*?projects\//, "") === String(b).replace(/^.*?projects\//, "");

export const membership: ResourceType = {
  token: "gcp:gkehub/membership:Membership",
  creating: "Error creating Membership",
  place: "global",
  fields: {
    ...common,
    authority: block({ issuer: text({ required: true, forceNew: true }) }),
    endpoint: block(
      {
        gkeCluster: block(
          { resourceLink: text({ required: true, forceNew: true, same: sameLink }) },
          { forceNew: true },
        ),
      },
      { forceNew: true },
    ),
    labels: map(),
    location: text({ default: "global", forceNew: true }),
    membershipId: text({ required: true, forceNew: true }),
  },
  outputs: ["name", ...labelOutputs],
};

export const feature: ResourceType = {
  token: "gcp:gkehub/feature:Feature",
  creating: "Error creating Feature",
  autoname: { property: "name", max: 63 },
  place: "global",
  fields: {
    ...common,
    labels: map(),
    location: text({ required: true, forceNew: true }),
    name: text({ computed: true, forceNew: true, same: sameReference }),
    spec: block({
      fleetobservability: block({
        loggingConfig: block({
          defaultConfig: block({ mode: text() }),
          fleetScopeLogsConfig: block({ mode: text() }),
        }),
      }),
      multiclusteringress: block({ configMembership: text({ required: true, same: sameReference }) }),
    }),
  },
  outputs: ["createTime", "deleteTime", "resourceStates", "states", "updateTime", ...labelOutputs],
};
