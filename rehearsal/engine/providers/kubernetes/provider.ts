import { NotSupportedError, type Provider } from "../base";
import { check } from "./check";
import { diff } from "./compare";
import { create } from "./create";
import { remove } from "./delete";
import { diffConfig } from "./diffConfig";
import { read } from "./read";
import { readSettings, type Settings } from "./settings";
import { update } from "./update";

/** Of the real provider whose behaviour this one follows. */
const version = "4.34.2";

/** Stands in for pulumi-kubernetes: https://github.com/pulumi/pulumi-kubernetes */
export function kubernetesProvider(): Provider {
  let settings: Settings | undefined;
  const configured = () => {
    if (!settings) {
      throw new Error("the kubernetes provider is not configured");
    }
    return settings;
  };
  return {
    name: "kubernetes",
    version,
    acceptSecrets: true,
    diffConfig: (request) => Promise.resolve(diffConfig(request)),
    configure: async ({ args }) => {
      settings = await readSettings(args);
    },
    check: (request) => check(configured(), request),
    diff: (request) => diff(configured(), request),
    create: (request) => create(configured(), request),
    read: (request) => read(configured(), request),
    update: (request) => update(configured(), request),
    delete: (request) => remove(configured(), request),
    invoke: ({ token }) => Promise.reject(new NotSupportedError("kubernetes", `function ${token}`)),
  };
}
