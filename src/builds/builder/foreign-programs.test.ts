import { expect, test } from "vitest";
import { BuildFailed } from "./build-failed.ts";
import { ForeignPrograms } from "./foreign-programs.ts";
import { ownPlatform } from "./preflight/own-platform.ts";

const OTHER = "linux/riscv64";
const PRINTED = ["exec container process `/bin/sh`: Exec for", "mat error\n"];
const explain = (platforms: readonly string[], printed: readonly string[]) => {
  const foreign = new ForeignPrograms(platforms);
  for (const piece of printed) foreign.read(Buffer.from(piece));
  return String(foreign.explain(failed));
};
const failed = new BuildFailed("buildah ended with 1", { exitCode: 1 });

test("a machine that cannot run what is for another says what to install", () => {
  expect(explain([OTHER], PRINTED)).toContain("apt-get install binfmt-support qemu-user-static");
  expect(explain([OTHER], PRINTED)).toContain(OTHER);
  expect(explain([OTHER], ["make: *** error"])).toContain("buildah ended with 1");
  expect(explain([ownPlatform()], PRINTED)).toContain("buildah ended with 1");
  const foreign = new ForeignPrograms([OTHER]);
  expect(foreign.explain(failed)).toMatchObject({ isForeign: false });
  foreign.read(Buffer.from("exec format error"));
  expect(foreign.explain(failed)).toMatchObject({ isForeign: true, exitCode: 1 });
  const cause = new Error("broken");
  expect(new ForeignPrograms([OTHER]).explain(cause)).toBe(cause);
});
