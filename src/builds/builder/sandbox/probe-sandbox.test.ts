import { expect, test } from "vitest";
import { describeWhy } from "./probe-sandbox.ts";

const there = { name: "git", isFine: true, detail: "git version 2.39.5" };
const device = { name: "/dev/net/tun", isFine: false, detail: "chmod 0666 /dev/net/tun" };

test("packages are named for programs that are missing, and for nothing else", () => {
  const absent = { name: "buildah", isFine: false, detail: "not there" };
  expect(describeWhy([there, absent], [device])).toContain("apt-get install buildah");
  expect(describeWhy([there], [there, device])).toBe("chmod 0666 /dev/net/tun");
  expect(describeWhy([there], [there])).toBeUndefined();
});
