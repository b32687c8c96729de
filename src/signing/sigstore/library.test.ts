import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

test("whoever signs and verifies nothing does not load sigstore's libraries", () => {
  const signing = new URL("../index.ts", import.meta.url).href;
  const script = `
    import { createRequire } from "node:module";
    const count = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes("@sigstore")).length;
    const { readTrustedRoot, PUBLIC_GOOD_ROOT } = await import(${JSON.stringify(signing)});
    const before = count();
    readTrustedRoot(JSON.parse(PUBLIC_GOOD_ROOT));
    console.log(before, count() > 0);`;
  const words = ["--input-type=module", "--eval", script];
  expect(execFileSync(process.execPath, words, { encoding: "utf8" })).toBe("0 true\n");
});
