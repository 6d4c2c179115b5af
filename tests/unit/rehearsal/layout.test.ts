import assert from "node:assert/strict";
import { runFolder } from "../../../rehearsal/layout";

describe("the folder of the sockets", () => {
  it("is the rehearsal's own", () => {
    assert.equal(runFolder("/home/me/mesh/.rehearsal", "/home/me/.cache/x"), "/home/me/mesh/.rehearsal/run");
  });

  it("is in the cache where the rehearsal's path is too long for a socket, another one for each", () => {
    const deep = `/${"d".repeat(80)}/.rehearsal`;
    const folder = runFolder(deep, "/home/me/.cache/x");
    assert.match(folder, /^\/home\/me\/\.cache\/x\/run\/[0-9a-f]{8}$/);
    assert.notEqual(folder, runFolder(`${deep}-2`, "/home/me/.cache/x"));
  });
});
