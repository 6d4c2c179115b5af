import assert from "node:assert/strict";
import {
  contains,
  formatCidr,
  isCidr,
  isPrivate,
  overlaps,
  parseCidr,
  sizeOf,
} from "../../../components/config/cidr";

function range(text: string) {
  const parsed = parseCidr(text);
  assert.ok(isCidr(parsed), text);
  return parsed;
}

describe("an IPv4 range", () => {
  it("is read and written back", () => {
    for (const text of ["0.0.0.0/0", "10.16.0.0/12", "128.0.0.0/1", "255.255.255.255/32", "192.168.1.0/24"]) {
      assert.equal(formatCidr(range(text)), text);
    }
    assert.equal(sizeOf(range("10.16.0.0/28")), 16);
    assert.equal(sizeOf(range("0.0.0.0/0")), 2 ** 32);
  });

  it("is refused with the range that was probably meant", () => {
    const meant: Record<string, string | undefined> = {
      "10.16.0.1/12": "10.16.0.0/12",
      "255.255.255.255/1": "128.0.0.0/1",
      "10.0.0.7": undefined,
      "10.0.0.0/33": undefined,
      "10.0.0.0/": undefined,
      "10.0.0.0/-1": undefined,
      "10.0.0.0/1e1": undefined,
      "10.0.0.0/8/8": undefined,
      "010.0.0.0/8": undefined,
      "10.0.0/8": undefined,
      "256.0.0.0/8": undefined,
      "fd00::/8": undefined,
      "": undefined,
    };
    for (const [text, expected] of Object.entries(meant)) {
      const parsed = parseCidr(text);
      assert.ok(!isCidr(parsed), text);
      assert.equal(parsed.meant, expected, text);
    }
  });

  it("contains and overlaps others", () => {
    const supernet = range("10.16.0.0/12");
    assert.ok(contains(supernet, supernet));
    assert.ok(contains(supernet, range("10.31.255.0/24")));
    assert.ok(!contains(supernet, range("10.32.0.0/24")));
    assert.ok(!contains(range("10.31.255.0/24"), supernet));
    assert.ok(overlaps(range("10.31.255.0/24"), supernet));
    assert.ok(overlaps(supernet, range("0.0.0.0/0")));
    assert.ok(!overlaps(range("10.16.0.0/20"), range("10.16.16.0/20")));
  });

  it("is private or not", () => {
    for (const text of ["10.0.0.0/8", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/10"]) {
      assert.ok(isPrivate(range(text)), text);
    }
    for (const text of ["10.0.0.0/7", "172.32.0.0/16", "8.8.8.0/24", "0.0.0.0/0"]) {
      assert.ok(!isPrivate(range(text)), text);
    }
  });
});
