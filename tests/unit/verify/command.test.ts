import assert from "node:assert/strict";
import { collectionPath } from "../../../verify/cluster/kinds";
import { parseOptions } from "../../../verify/options";
import { encloses, isEverything, isPrivate } from "../../../verify/ranges";
import { meshOf, outputsIn, type StackOutputs } from "../../../verify/stacks";
import { runVerify } from "./runVerify";

describe("npm run verify", function () {
  this.timeout(60_000);

  it("ends with 2 and its usage when it does not understand", async () => {
    const [nothing, unknown, wait] = await Promise.all([
      runVerify([]),
      runVerify(["us-east1", "--bogus"]),
      runVerify(["--wait", "soon", "us-east1"]),
    ]);
    for (const { code, stderr, stdout } of [nothing, unknown, wait]) {
      assert.equal(code, 2);
      assert.match(stderr, /Usage: npm run verify/);
      assert.equal(stdout, "");
    }
    assert.match(nothing.stderr, /^No stack is named/);
    assert.match(unknown.stderr, /^--bogus is no option: --help lists them\n/);
    assert.match(wait.stderr, /^--wait is "soon": write seconds/);
  });

  it("ends with 2 when it cannot ask, and with 0 when it only helps", async () => {
    const [without, elsewhere, help] = await Promise.all([
      runVerify(["us-east1"], "/nowhere"),
      runVerify(["-C", "verify", "us-east1"]),
      runVerify(["--help"]),
    ]);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /pulumi stack output -s us-east1: there is no pulumi on PATH/);
    assert.doesNotMatch(without.stderr, /Usage/);
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /^There is no Pulumi.yaml in .*verify: write --cwd FOLDER/);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: npm run verify/);
  });
});

describe("options of verify", () => {
  it("have defaults, and name each stack once", () => {
    assert.deepEqual(parseOptions(["a", "b", "a"]), {
      stacks: ["a", "b"],
      cwd: ".",
      json: false,
      pods: true,
      help: false,
      wait: 0,
      timeout: 15,
    });
    const all = parseOptions(["--json", "--no-pods", "--wait", "1.5", "--timeout", "60", "a"]);
    assert.deepEqual([all.json, all.pods, all.wait, all.timeout], [true, false, 1.5, 60]);
    assert.equal(parseOptions(["-C", "examples/one-stack", "all"]).cwd, "examples/one-stack");
    assert.throws(() => parseOptions(["--wait=-1", "a"]), /--wait is "-1"/);
  });

  it("take seconds for an answer as far as somebody would wait", () => {
    for (const text of ["soon", "", "0", "-5", "1.5", "601", "1e2", "0x10"]) {
      assert.throws(() => parseOptions([`--timeout=${text}`, "a"]), {
        message: `--timeout is "${text}": write whole seconds from 1 to 600, such as 60`,
      });
    }
    assert.deepEqual(
      ["1", "600"].map((text) => parseOptions(["--timeout", text, "a"]).timeout),
      [1, 600],
    );
  });

  it("name the one that was probably meant", () => {
    for (const [written, said] of [
      ["--tiemout=60", "--tiemout is no option: did you mean --timeout? --help lists them"],
      ["--jsno", "--jsno is no option: did you mean --json? --help lists them"],
      ["--pods", "--pods is no option: did you mean --no-pods? --help lists them"],
      ["--constructor", "--constructor is no option: --help lists them"],
      ["-x", "-x is no option: --help lists them"],
    ] as const) {
      assert.throws(() => parseOptions(["a", written]), { message: said });
    }
    assert.equal(parseOptions(["-h"]).help, true);
  });
});

describe("outputs of stacks", () => {
  const outputs = (id: string, more: object = {}): StackOutputs =>
    ({
      stack: `stack-of-${id}`,
      clusters: {},
      mesh: { id, clusters: {} },
      ...more,
    }) as unknown as StackOutputs;

  it("are taken as far as they are needed: no key is", () => {
    const json = JSON.stringify({ clusters: { a: {} }, mesh: { id: "m" }, intermediates: "secret" });
    assert.deepEqual(Object.keys(outputsIn("a", json)), [
      "stack",
      "clusters",
      "mesh",
      "address",
      "rootCertificate",
    ]);
  });

  it("say what to run where there are none yet", () => {
    assert.throws(() => outputsIn("a", "{}"), /Stack a has no output clusters. Run first: pulumi up -s a/);
    assert.throws(() => outputsIn("a", '{"clusters":{"a":{}}}'), /has no output mesh/);
  });

  it("have to be of one mesh, whose map is the longest one", async () => {
    await assert.rejects(
      meshOf([outputs("one"), outputs("two")], { pods: false, timeout: 15 }),
      /check one mesh at a time/,
    );
    await assert.rejects(meshOf([], { pods: false, timeout: 15 }), /no stack is named/);
    const later = outputs("one", { mesh: { id: "one", clusters: { a: {}, b: {} } } });
    const { mesh } = await meshOf([outputs("one"), later], { pods: false, timeout: 15 });
    assert.deepEqual(Object.keys(mesh.config.clusters), ["a", "b"]);
  });
});

describe("ranges", () => {
  it("enclose ranges and addresses", () => {
    assert.ok(encloses("10.16.0.0/12", "10.20.0.0/16"));
    assert.ok(encloses("10.16.0.0/12", "10.31.255.255"));
    assert.ok(!encloses("10.16.0.0/12", "10.32.0.0"));
    assert.ok(!encloses("10.20.0.0/16", "10.16.0.0/12"));
    assert.ok(!encloses("10.16.0.0/12", "gateway.example.com"));
  });

  it("are private, or everything", () => {
    assert.deepEqual(["10.0.0.1", "100.64.0.1", "203.0.113.2"].map(isPrivate), [true, true, false]);
    assert.deepEqual(["0.0.0.0/0", "10.0.0.0/8", "?"].map(isEverything), [true, false, false]);
  });
});

describe("paths of the API server", () => {
  it("are those of the kind's group, in a namespace or in all", () => {
    assert.equal(collectionPath("v1", "Pod", "verify"), "/api/v1/namespaces/verify/pods");
    assert.equal(collectionPath("apps/v1", "Deployment"), "/apis/apps/v1/deployments");
  });
});
