import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  goVersion,
  modules,
  tools as everywhere,
  trafficTools,
  type ModuleName,
} from "../../../rehearsal/tools/table";
import { acceptable, versionIn } from "../../../rehearsal/tools/versions";

const checkout = path.resolve(__dirname, "../../..");
const tools = [...everywhere, ...trafficTools];
const names = Object.keys(modules) as ModuleName[];
const goMod = (module: ModuleName) =>
  fs.readFileSync(path.join(checkout, "rehearsal/tools", module, "go.mod"), "utf8");

describe("the table of tools", () => {
  for (const name of names) {
    it(`requires in ${name}/go.mod the version that it names`, () => {
      const { path: required, version } = modules[name].requires;
      assert.match(
        goMod(name),
        new RegExp(`^(require )?\\s*${required.replace(/[.]/g, "\\.")} ${version}$`, "m"),
      );
      assert.match(goMod(name), new RegExp(`^go ${goVersion.replace(".", "\\.")}$`, "m"));
    });

    it(`links ${name}'s own version into it`, () => {
      for (const flag of modules[name].ldflags) assert.match(flag, /^-X [\w./-]+=[\w./]+$/);
      if (name === "etcd") return; // etcd has it in its source
      assert.ok(modules[name].ldflags.some((flag) => flag.endsWith(modules[name].version)));
    });
  }

  it("has every program once, in a module that has its package", () => {
    assert.equal(new Set(tools.map((tool) => tool.name)).size, tools.length);
    for (const tool of tools) {
      const { path: required } = modules[tool.module].requires;
      assert.ok(tool.package === required || tool.package.startsWith(`${required}/`), tool.package);
    }
  });

  it("names packages as their programs wherever a module has several", () => {
    for (const tool of tools) {
      if (tools.filter((other) => other.module === tool.module).length === 1) continue;
      assert.equal(path.posix.basename(tool.package), tool.name);
    }
  });

  it("has every package in its module's tools.go", () => {
    for (const tool of tools) {
      const source = fs.readFileSync(path.join(checkout, "rehearsal/tools", tool.module, "tools.go"), "utf8");
      assert.ok(source.includes(`_ "${tool.package}"`), `${tool.module}/tools.go lacks ${tool.package}`);
    }
  });

  it("downloads over https only, the pinned version only, with a checksum", () => {
    for (const os of ["linux", "darwin"]) {
      for (const arch of ["amd64", "arm64"]) {
        for (const tool of tools) {
          const download = tool.download?.({ os, arch });
          if (!download) continue;
          for (const url of [download.url, download.checksums]) {
            assert.match(url, /^https:\/\//);
            assert.ok(url.includes(modules[tool.module].version), url);
          }
          if (download.sha256) assert.match(download.sha256, /^[0-9a-f]{64}$/);
        }
      }
    }
  });

  it("has no download for a machine that the vendor does not build for", () => {
    const download = (name: string, os: string) =>
      tools.find((tool) => tool.name === name)?.download?.({ os, arch: "arm64" });
    assert.equal(download("kube-apiserver", "darwin"), undefined);
    assert.ok(download("kubectl", "darwin"));
    for (const tool of tools) assert.equal(tool.download?.({ os: "freebsd", arch: "amd64" }), undefined);
  });

  it("accepts no pulumi older than the SDK that the program uses", () => {
    const { dependencies } = JSON.parse(fs.readFileSync(path.join(checkout, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const pulumi = tools.find((tool) => tool.name === "pulumi");
    assert.equal(pulumi?.accepts?.from, dependencies["@pulumi/pulumi"]);
    assert.ok(acceptable(modules.pulumi.version, modules.pulumi.version, pulumi?.accepts));
  });
});

describe("versions", () => {
  it("are found in what the programs print", () => {
    const printed: [string, string | undefined][] = [
      ["etcd Version: 3.6.4\nGit SHA: Not provided\nGo Version: go1.26.8", "3.6.4"],
      ["Kubernetes v1.33.1", "1.33.1"],
      ["kwok version v0.7.0 go1.26.8 (linux/amd64)", "0.7.0"],
      ["v3.259.0\n", "3.259.0"],
      ['client version: version.BuildInfo{Version:"1.23.2", GolangVersion:"go1.26.8"}', "1.23.2"],
      ["Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", "1.32.4-dispatcher"],
      ["Kubernetes v1.33.1+k3s1", "1.33.1"],
      ["v3.260.0-alpha.1", "3.260.0-alpha.1"],
      ["usage: operator", undefined],
    ];
    for (const [output, version] of printed) assert.equal(versionIn(output), version);
  });

  it("fit when they are the pinned one or inside the range", () => {
    const range = { from: "1.32.0", below: "1.35.0" };
    for (const fits of ["1.32.0", "1.33.1", "1.32.4-dispatcher", "1.34.99"])
      assert.ok(acceptable(fits, "1.33.1", range), fits);
    for (const other of ["1.31.9", "1.35.0", "2.33.1"]) assert.ok(!acceptable(other, "1.33.1", range), other);
    assert.ok(!acceptable("1.33.2", "1.33.1"));
    assert.ok(!acceptable("1.33.1-rc.0", "1.33.1"));
  });
});
