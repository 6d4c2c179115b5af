import assert from "node:assert/strict";
import {
  AddressError,
  chooseAddress,
  type AddressRequest,
} from "../../../rehearsal/google/controllers/addressChoice";
import { wantsInternal } from "../../../rehearsal/google/controllers/annotations";
import { MemoryCloud } from "./memoryCloud";

const cloud = new MemoryCloud();
const internal: AddressRequest = {
  internal: true,
  region: "us-east1",
  subnetwork: cloud.subnetworks()[0],
  names: [],
};
const free = () => false;
const choose = (request: Partial<AddressRequest>, inUse: (address: string) => boolean = free) =>
  chooseAddress({ ...internal, ...request }, cloud.addresses(), inUse).address;

describe("the address of a load balancer", () => {
  it("comes from the subnetwork for an internal one, past the addresses that the project hands out", () => {
    assert.equal(choose({}), "10.0.0.64");
    assert.equal(
      choose({}, (address) => address === "10.0.0.64"),
      "10.0.0.65",
    );
  });

  it("comes from a public range for an external one", () => {
    assert.equal(choose({ internal: false, subnetwork: undefined }), "198.51.100.64");
  });

  it("stays what it is", () => {
    assert.equal(choose({ current: "10.0.0.77" }), "10.0.0.77");
  });

  it("is given anew when the subnetwork has changed", () => {
    assert.equal(choose({ current: "10.1.0.77" }), "10.0.0.64");
  });

  it("is the reserved one by its name", () => {
    assert.equal(choose({ names: ["east-west"], current: "10.0.0.77" }), "10.0.0.200");
  });

  it("ignores an unknown name in silence, and one of another region", () => {
    assert.equal(choose({ names: ["east-vest"] }), "10.0.0.64");
    assert.equal(choose({ names: ["edge"] }), "10.0.0.64");
  });

  it("never takes an address that is reserved for something else", () => {
    const taken = (address: string) => address !== "10.0.0.200";
    assert.throws(() => choose({}, taken), /IP space of 10\.0\.0\.0\/24 is exhausted/);
  });

  it("is refused when another load balancer has it", () => {
    assert.throws(() => choose({ names: ["east-west"] }, () => true), /'10\.0\.0\.200'.*in-use/);
  });

  it("is refused when it is of the wrong kind", () => {
    assert.throws(() => choose({ internal: false, names: ["east-west"] }), /east-west is internal/);
  });

  it("is refused outside the subnetwork, and when a public one is not reserved", () => {
    assert.throws(() => choose({ wanted: "10.9.0.4" }), AddressError);
    assert.throws(() => choose({ internal: false, wanted: "198.51.100.9" }), /neither static nor assigned/);
    assert.equal(choose({ wanted: "10.0.0.90" }), "10.0.0.90");
  });
});

describe("the type of a load balancer", () => {
  const key = "networking.gke.io/load-balancer-type";
  const older = "cloud.google.com/load-balancer-type";

  it("is internal by either annotation, in any spelling", () => {
    assert.ok(wantsInternal({ [key]: "Internal" }));
    assert.ok(wantsInternal({ [older]: "internal" }));
  });

  it("is external without one, and the newer annotation counts", () => {
    assert.ok(!wantsInternal({}));
    assert.ok(!wantsInternal({ [key]: "External", [older]: "Internal" }));
  });
});
