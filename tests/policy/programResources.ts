import type { CreateRequest } from "../../rehearsal/engine/providers/base";
import {
  certRequest,
  locallySignedCert,
  privateKey,
  selfSignedCert,
} from "../../rehearsal/engine/providers/tls/resources";
import type { Properties } from "../../rehearsal/engine/providers/values";
import { computedOutputs } from "../components/computed";
import type { Registered } from "../components/mocks";
import { runBothStacks } from "../components/program";
import type { Resource } from "./harness";

export type ProgramResources = Record<"east" | "central", Resource[]>;

/** Makes a key, a request or a certificate from its inputs, as the tls provider does. */
type Make = (inputs: Properties) => Properties;

// `create` takes the engine's request for its log alone, and what the program makes is nothing to warn of.
const request = { log: (_: string, message: string) => assertNothing(message) } as unknown as CreateRequest;

const makers: Record<string, Make> = {
  // RSA keys as large as the mesh's take seconds; rules about sizes read the inputs.
  "tls:index/privateKey:PrivateKey": () =>
    privateKey.create({ algorithm: "ECDSA", ecdsaCurve: "P256" }, request).outputs,
  "tls:index/certRequest:CertRequest": (inputs) => certRequest.create(inputs, request).outputs,
  "tls:index/selfSignedCert:SelfSignedCert": (inputs) => selfSignedCert.create(inputs, request).outputs,
  "tls:index/locallySignedCert:LocallySignedCert": (inputs) =>
    locallySignedCert.create(inputs, request).outputs,
};

let made: Promise<ProgramResources> | undefined;

/**
 * What the real program registers for both stacks, as the rules get it; once for all tests. The certificates and keys in it are
 * real ones, which chain to the mesh's root: the mocks' own are words.
 */
export function programResources(): Promise<ProgramResources> {
  made ??= (async () => {
    const { east, central } = await runBothStacks();
    const [error] = [...east.errors, ...central.errors];
    if (error) {
      // Half a program has half its faults.
      throw error;
    }
    // In the order of registration, which is that of the signatures: central gets its certificates from east.
    const real = new Map<string, string>();
    return {
      east: east.resources.map((resource) => withRealPem(resource, real)),
      central: central.resources.map((resource) => withRealPem(resource, real)),
    };
  })();
  return made;
}

/** @param real PEM by what the mocks have in its place; what this resource makes is added */
function withRealPem({ type, name, inputs, provider }: Registered, real: Map<string, string>): Resource {
  const props = rewrite(inputs, real) as Resource["props"];
  const make = makers[type];
  if (make) {
    const outputs = make(props as Properties);
    for (const [output, word] of Object.entries(computedOutputs(type, name))) {
      real.set(word as string, outputs[output] as string);
    }
  }
  return { type, name, props, provider };
}

function rewrite(value: unknown, real: Map<string, string>): unknown {
  if (typeof value === "string") {
    return [...real].reduce((text, [word, pem]) => text.replaceAll(word, pem), value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => rewrite(item, real));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewrite(inner, real)]))
    : value;
}

function assertNothing(message: string): void {
  throw new Error(`The tls provider warns: ${message}`);
}
