import type {
  EnforcementLevel,
  PolicyConfigSchema,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";

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
  types: readonly string[];
  /** `name` of a field may be empty where the problem tells it. */
  inspect(subject: Subject, expect: Expect, config: Config): void;
}

export interface StackRule<Config extends object> extends Description {
  types: readonly string[];
  /** Gets all resources of {@link types} at once, so that it can index them. `blame` says whose fault a finding is. */
  inspect(subjects: Subject[], expect: (subject: Subject) => Expect, config: Config): void;
}

/** A rule about single resources, as @pulumi/policy wants it. */
export function resourceRule<Config extends object = object>(
  rule: ResourceRule<Config>,
): ResourceValidationPolicy {
  const types = new Set(rule.types);
  return {
    ...describe(rule),
    validateResource: (args, report) => {
      if (!types.has(args.type)) {
        return;
      }
      const judge = new Judge((message) => report(message));
      const { type, name, urn, provider } = args;
      const subject = { type, name, urn, props: args.props, provider: provider?.urn };
      judge.run(() => rule.inspect(subject, judge.expect(), args.getConfig<Config>()));
      judge.finish();
    },
  };
}

/** A rule about several resources of a stack together, as @pulumi/policy wants it. */
export function stackRule<Config extends object = object>(rule: StackRule<Config>): StackValidationPolicy {
  const types = new Set(rule.types);
  return {
    ...describe(rule),
    validateStack: (args, report) => {
      const subjects = args.resources
        .filter(({ type }) => types.has(type))
        .map(({ type, name, urn, props, provider }) => ({ type, name, urn, props, provider: provider?.urn }));
      const judge = new Judge(report);
      judge.run(() =>
        rule.inspect(subjects, (subject) => judge.expect(subject.urn), args.getConfig<Config>()),
      );
      judge.finish();
    },
  };
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

/** The SDK's UnknownValueError, which it does not export. */
function isUnknownValue(error: unknown): error is Error {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
