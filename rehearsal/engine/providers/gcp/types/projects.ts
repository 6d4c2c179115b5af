import { block, flag, text, type ResourceType } from "../schema";
import { iamMember, rfc1035, sameIgnoringCase, sameReference, type Check } from "../validators";
import { common } from "./common";

const serviceName: Check = (value) =>
  String(value).includes(".")
    ? undefined
    : `expected ${String(value)} to be a domain like serviceusage.googleapis.com`;

const { project } = common;

export const service: ResourceType = {
  token: "gcp:projects/service:Service",
  place: "global",
  fields: {
    ...common,
    checkIfServiceHasUsageOnDestroy: flag(),
    disableDependentServices: flag(),
    disableOnDestroy: flag(),
    service: text({ required: true, forceNew: true, check: serviceName }),
  },
  outputs: [],
};

export const serviceIdentity: ResourceType = {
  token: "gcp:projects/serviceIdentity:ServiceIdentity",
  place: "global",
  fields: { project: project ?? text(), service: text({ required: true, forceNew: true }) },
  outputs: ["email", "member"],
  forgets: true,
};

const condition = block(
  {
    description: text({ forceNew: true }),
    expression: text({ required: true, forceNew: true }),
    title: text({ required: true, forceNew: true }),
  },
  { forceNew: true },
);
const member = text({ required: true, forceNew: true, check: iamMember, same: sameIgnoringCase });
const role = text({ required: true, forceNew: true });

export const projectMember: ResourceType = {
  token: "gcp:projects/iAMMember:IAMMember",
  place: "global",
  fields: { condition, member, project: text({ required: true, forceNew: true }), role },
  outputs: ["etag"],
};

export const account: ResourceType = {
  token: "gcp:serviceaccount/account:Account",
  creating: "Error creating service account",
  autoname: { property: "accountId", max: 30, lowerCase: true },
  place: "global",
  fields: {
    ...common,
    accountId: text({ computed: true, forceNew: true, check: rfc1035(6, 30) }),
    createIgnoreAlreadyExists: flag(),
    description: text({
      check: (value, name) =>
        String(value).length <= 256
          ? undefined
          : `expected length of ${name} to be in the range (0 - 256), got ${String(value)}`,
    }),
    disabled: flag({ default: false }),
    displayName: text(),
  },
  outputs: ["email", "member", "name", "uniqueId"],
};

export const accountMember: ResourceType = {
  token: "gcp:serviceaccount/iAMMember:IAMMember",
  place: "global",
  fields: {
    condition,
    member,
    role,
    serviceAccountId: text({ required: true, forceNew: true, same: sameReference }),
  },
  outputs: ["etag"],
};
