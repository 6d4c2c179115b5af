import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { descendants, MemoryWatch, nameOf, parseProcesses } from "../../../rehearsal/memory";

const PS = `
    1     0   1000 /sbin/init
   10     1  50000 node rehearsal/start.ts
   11    10  20000 /cache/etcd/3.6.4/etcd --name=rehearsal
   12    10  90000 /cache/pulumi/3.259.0/pulumi up -s us-east1
   13    12 200000 /usr/bin/node /x/node_modules/@pulumi/pulumi/cmd/run/index.js --monitor 127.0.0.1:1
   14    12  60000 /usr/bin/node --import file:///x/node_modules/tsx/dist/loader.mjs /x/rehearsal/engine/providers/gcp/main.ts
   20     1  70000 /somebody/elses etcd
`;

describe("the memory of a rehearsal", () => {
  it("is that of its processes and theirs, and nobody else's", () => {
    assert.deepEqual(
      descendants(parseProcesses(PS), 10).map(({ pid }) => pid),
      [10, 11, 12, 13, 14],
    );
  });

  it("is shown by what people know", () => {
    assert.deepEqual(
      parseProcesses(PS)
        .slice(2, 6)
        .map(({ command }) => nameOf(command)),
      ["etcd", "pulumi", "program", "gcp/main.ts"],
    );
  });

  it("is watched while it runs", async () => {
    const watch = new MemoryWatch();
    await sleep(1800);
    watch.stop();
    assert.ok(watch.peak.total > 10 * 2 ** 20);
    assert.equal(watch.peak.program, 0);
  });
});
