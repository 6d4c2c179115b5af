import assert from "node:assert/strict";
import {
  configEnvironment,
  optionsEnvironment,
  parseOptions,
  runArguments,
  splitWords,
} from "../../../rehearsal/engine/programRun";
import { launcherScript } from "../../../rehearsal/engine/launchers";

describe("runtime options of Pulumi.yaml", () => {
  it("run TypeScript unless told otherwise", () => {
    assert.deepEqual(optionsEnvironment(parseOptions({})), { PULUMI_NODEJS_TYPESCRIPT: "true" });
    assert.deepEqual(optionsEnvironment(parseOptions({ typescript: false })), {});
  });

  it("name the tsconfig.json and node's arguments", () => {
    const options = parseOptions({
      tsconfig: "tsconfig.pulumi.json",
      nodeargs: "--import tsx --title='my app'",
    });
    assert.deepEqual(options.nodeargs, ["--import", "tsx", "--title=my app"]);
    assert.equal(optionsEnvironment(options).PULUMI_NODEJS_TSCONFIG_PATH, "tsconfig.pulumi.json");
  });

  it("are refused with the official host's words when their type is wrong", () => {
    assert.throws(() => parseOptions({ typescript: "yes" }), /typescript option must be a boolean/);
    assert.throws(() => parseOptions({ nodeargs: ["a"] }), /nodeargs option must be a string/);
  });
});

describe("the program's command line", () => {
  it("splits words as a shell does", () => {
    assert.deepEqual(splitWords(` a "b \\"c\\"" d\\ e '' f'g h' `), ["a", 'b "c"', "d e", "", "fg h"]);
    assert.deepEqual(splitWords(""), []);
  });

  it("names what is known and leaves the rest out", () => {
    const flags = runArguments({
      monitor: "127.0.0.1:1",
      engine: "127.0.0.1:2",
      organization: "",
      project: "mesh",
      stack: "us-east1",
      rootDirectory: "/r",
      programDirectory: "/p",
      dryRun: true,
      parallel: 4,
      entryPoint: "",
      args: [],
    });
    const expected =
      "--monitor 127.0.0.1:1 --engine 127.0.0.1:2 --project mesh --root-directory /r --stack us-east1 --pwd /p --parallel 4 --dry-run .";
    assert.deepEqual(flags, expected.split(" "));
  });

  it("hands configuration on under its old keys", () => {
    const environment = configEnvironment([["mesh:clusters", '["a"]']], ["mesh:token"]);
    assert.deepEqual(environment, {
      PULUMI_CONFIG: '{"mesh:config:clusters":"[\\"a\\"]"}',
      PULUMI_CONFIG_SECRET_KEYS: '["mesh:token"]',
    });
  });
});

describe("a launcher", () => {
  it("becomes the node process and survives quotes in paths", () => {
    const script = launcherScript("/home/o'neil/main.ts");
    assert.match(script, /^#!\/bin\/sh\nexec '\//);
    assert.ok(script.includes(`'/home/o'\\''neil/main.ts' "$@"`));
  });
});
