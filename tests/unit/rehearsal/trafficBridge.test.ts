import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import { hardwareAddress } from "../../../rehearsal/traffic/inside/networks";
import { unshareArguments, whyNoNamespaces } from "../../../rehearsal/traffic/namespaces";

const SCRIPT = path.join(__dirname, "bridgeInNamespace.ts");

describe("the bridge of a cluster's pods", () => {
  it("keeps its hardware address when pods come and go", async function () {
    const reason = await whyNoNamespaces();
    if (reason) {
      console.log(`    not tried: ${reason}`);
      this.skip();
    }
    const node = [process.execPath, "--require", "tsx/cjs", SCRIPT];
    const { stdout } = await promisify(execFile)("unshare", [...unshareArguments, ...node]);
    const kept = hardwareAddress("10.17.255.254");
    assert.deepEqual(stdout.trim().split("\n"), [kept, kept, kept]);
  });
});
