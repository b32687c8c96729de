import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { isSealed, openSealing } from "./sealing.ts";

const OTHER_KEY = `0badc0de ${Buffer.alloc(32, 7).toString("base64")}`;

test("what was sealed is opened again, after a restart too, and looks different each time", async () => {
  await using home = await makeTempDirectory("sealing");
  const sealed = (await openSealing(home.path)).seal("a secret", "row 1");
  const again = await openSealing(home.path);
  expect(again.unseal(sealed, "row 1")).toBe("a secret");
  expect([sealed, "", "a secret", "s1.a.b.c", `${sealed}=`].map(isSealed)).toEqual([
    true,
    ...Array(4).fill(false),
  ]);
  expect(sealed).not.toContain(Buffer.from("a secret").toString("base64url"));
  expect(again.seal("a secret", "row 1")).not.toBe(sealed);
});

test("the key is in a file of its own that nobody else may read", async () => {
  await using home = await makeTempDirectory("sealing");
  await openSealing(home.path);
  const { mode } = await stat(join(home.path, "sealing.keys"));
  expect(mode & 0o777).toBe(0o600);
});

test("many processes that start at once have one key", async () => {
  await using home = await makeTempDirectory("sealing");
  const all = await Promise.all(Array.from({ length: 8 }, () => openSealing(home.path)));
  const [first] = all;
  const sealed = first?.seal("a secret", "row 1") ?? "";
  expect(all.map((one) => one.unseal(sealed, "row 1"))).toEqual(Array(8).fill("a secret"));
});

test("a text is of no use in another place, nor when a bit of it was changed", async () => {
  await using home = await makeTempDirectory("sealing");
  const sealing = await openSealing(home.path);
  const sealed = sealing.seal("a secret", "row 1");
  expect(() => sealing.unseal(sealed, "row 2")).toThrow();
  for (const [index, letter] of [...sealed].entries()) {
    const changed = `${sealed.slice(0, index)}${letter === "A" ? "B" : "A"}${sealed.slice(index + 1)}`;
    // The last letter holds bits that stand for nothing.
    if (index < sealed.length - 1) expect(() => sealing.unseal(changed, "row 1")).toThrow();
  }
  expect(() => sealing.unseal("", "row 1")).toThrow("no key of sealing.keys opens this");
});

test("a new first key seals, and the former ones still open", async () => {
  await using home = await makeTempDirectory("sealing");
  const path = join(home.path, "sealing.keys");
  const old = (await openSealing(home.path)).seal("a secret", "row 1");
  await writeFile(path, `# newest first\n${OTHER_KEY}\n${await readFile(path, "utf8")}`);
  const both = await openSealing(home.path);
  expect(both.unseal(old, "row 1")).toBe("a secret");
  expect(both.seal("another", "row 1")).toMatch(/^s1\.0badc0de\./);
  await writeFile(path, OTHER_KEY);
  const alone = await openSealing(home.path);
  expect(() => alone.unseal(old, "row 1")).toThrow("it was sealed with the key");
  await rm(path);
  expect(() => both.unseal(old, "row 1")).not.toThrow();
});

test("a file that is no list of keys stops the start, and nothing of it is shown", async () => {
  await using home = await makeTempDirectory("sealing");
  await writeFile(join(home.path, "sealing.keys"), "half of a secret");
  const refused = openSealing(home.path);
  await expect(refused).rejects.toThrow("holds a line that is no key");
  await expect(refused).rejects.not.toThrow("secret");
  await writeFile(join(home.path, "sealing.keys"), "");
  await expect(openSealing(home.path)).rejects.toThrow("there is no key to seal with");
});
