import * as sdk from "@pulumi/policy";
import type {
  EnforcementLevel,
  PolicyConfigSchema,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";

/** Left out of the SDK's declarations. */
const { UnknownValueError } = sdk as unknown as {
  UnknownValueError: new (sentinel: string, path: string[]) => Error;
};

/** An object of unknown shape. Reading what is not known yet throws; {@link Expect} catches it. */
export type Props = Record<string, unknown>;

/** What a rule sees of a resource. */
export interface Subject {
  /** Pulumi's type token, such as `kubernetes:core/v1:Service`. */
  type: string;
  name: string;
  urn: string;
  props: Props;
  /** URN of the provider resource, by which objects of one cluster belong together. */
  provider?: string;
}

/**
 * Judges one field. `problem` returns what is wrong with its value and what to write instead, or undefined when nothing is.
 * When it reads a value that is not known yet, the field is left undecided and the others are judged all the same.
 * Expectations may be nested.
 */
export type Expect = (field: string, problem: () => string | undefined | void) => void;

type Types = readonly string[] | "all";

interface Description {
  name: string;
  displayName: string;
  severity: Severity;
  tags: string[];
  /** What has to be, in one sentence. */
  description: string;
  /** What a person does about it. */
  remediationSteps: string;
  url: string;
  /** Default: mandatory. */
  enforcementLevel?: EnforcementLevel;
  /** Every property needs a default. */
  configSchema?: PolicyConfigSchema;
}

export interface ResourceRule<Config extends object> extends Description {
  /** Type tokens of the resources that this rule looks at. Others cost one comparison. */
  types: Types;
  /** `name` of a field may be empty where the problem tells it. */
  inspect(subject: Subject, expect: Expect, config: Config): void;
  /**
   * Mends the subject's `props` in place, at level `remediate` alone; returns whether it changed something. Only where one right
   * value exists that no working mesh can be hurt by. What it cannot mend, `inspect` refuses.
   */
  mend?(subject: Subject, config: Config): boolean;
}

export interface StackRule<Config extends object> extends Description {
  types: Types;
  /** Gets all resources of {@link types} at once, so that it can index them. `blame` says whose fault a finding is. */
  inspect(subjects: Subject[], expect: (subject: Subject) => Expect, config: Config): void;
}

/** A rule about single resources, as @pulumi/policy wants it. */
export function resourceRule<Config extends object = object>(
  rule: ResourceRule<Config>,
): ResourceValidationPolicy {
  const looksAt = matcher(rule.types);
  return {
    ...describe(rule),
    validateResource: (args, report) => {
      if (!looksAt(args.type)) {
        return;
      }
      const judge = new Judge((message) => report(message));
      judge.run(() => rule.inspect(subjectOf(args), judge.expect(), args.getConfig<Config>()));
      judge.finish();
    },
    ...(rule.mend && {
      remediateResource: (args) =>
        looksAt(args.type) && rule.mend?.(subjectOf(args), args.getConfig<Config>()) ? args.props : undefined,
    }),
  };
}

/** A rule about several resources of a stack together, as @pulumi/policy wants it. */
export function stackRule<Config extends object = object>(rule: StackRule<Config>): StackValidationPolicy {
  const looksAt = matcher(rule.types);
  return {
    ...describe(rule),
    validateStack: (args, report) => {
      const subjects = args.resources.filter(({ type }) => looksAt(type)).map(subjectOf);
      const judge = new Judge(report);
      judge.run(() =>
        rule.inspect(subjects, (subject) => judge.expect(subject.urn), args.getConfig<Config>()),
      );
      // Of what a provider that is not configured yet will make, the engine knows nothing in a preview, and says so by no properties.
      const blank = subjects.find(({ props, provider }) => provider && Object.keys(props).length === 0);
      judge.run(() => {
        if (blank) {
          throw new UnknownValueError(UNKNOWN_OBJECT, [blank.name]);
        }
      });
      judge.finish();
    },
  };
}

/** The engine's sign of an object that is not known yet: pulumi/pulumi-policy, `sdk/nodejs/policy/proxy.ts`. */
const UNKNOWN_OBJECT = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff";

function matcher(types: Types): (type: string) => boolean {
  if (types === "all") {
    return () => true;
  }
  const wanted = new Set(types);
  return (type) => wanted.has(type);
}

function subjectOf(args: Omit<Subject, "provider"> & { provider?: { urn: string } }): Subject {
  const { type, name, urn, props, provider } = args;
  return { type, name, urn, props, provider: provider?.urn };
}

function describe(rule: Description) {
  const { name, displayName, severity, tags, description, remediationSteps, url, configSchema } = rule;
  return {
    name,
    displayName,
    severity,
    tags,
    description,
    remediationSteps,
    url,
    configSchema,
    enforcementLevel: rule.enforcementLevel ?? ("mandatory" as const),
  };
}

/** Collects what is wrong, and remembers the first value that was not known. */
class Judge {
  private unknown?: Error;

  constructor(private readonly report: (message: string, urn?: string) => void) {}

  expect(urn?: string): Expect {
    return (field, problem) =>
      this.run(() => {
        const wrong = problem();
        if (wrong) {
          this.report(`${field} ${wrong}`.trim(), urn);
        }
      });
  }

  run(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isUnknownValue(error)) {
        throw error;
      }
      this.unknown ??= error;
    }
  }

  /**
   * Hands the unknown value to the SDK, which says in the preview that this rule is undecided and why: neither a false alarm
   * nor a silent pass. The update, in which every input is known, decides.
   */
  finish(): void {
    if (this.unknown) {
      throw this.unknown;
    }
  }
}

export function isUnknownValue(error: unknown): error is Error {
  return error instanceof UnknownValueError;
}
