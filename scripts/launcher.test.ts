import { cp, mkdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { attempt, run } from "../test/harness/command.ts";
import { makeTempDirectory } from "../test/harness/temp-directory.ts";

const ROOT = join(import.meta.dirname, "..");
const OPTIONS = { env: { HOME: "/nonexistent" }, timeoutMs: 110_000 };

/** What somebody has who cloned this tree and installed its dependencies, which are linked here and not copied. */
async function makeClone() {
  const directory = await makeTempDirectory("clone");
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: ROOT });
  for (const name of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true });
    await cp(join(ROOT, name), join(directory.path, name));
  }
  await run("cp", ["-al", join(ROOT, "node_modules"), join(directory.path, "node_modules")]);
  const lock = await readFile(join(ROOT, "package-lock.json"));
  await writeFile(join(directory.path, "node_modules/.installed-from"), lock, { flush: true });
  return {
    path: directory.path,
    berth: join(directory.path, "bin/berth"),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

test("in a clone without a build the command builds, answers, and keeps its output clean", {
  timeout: 120_000,
}, async () => {
  await using clone = await makeClone();

  const first = await run(clone.berth, ["version"], OPTIONS);
  expect(first.stdout).toMatch(/^berth \d+\.\d+\.\d+ \(Node v24\./);
  expect(first.stderr).toBe("berth: building\n");

  const second = await run(clone.berth, ["version"], OPTIONS);
  expect(second).toMatchObject({ stdout: first.stdout, stderr: "" });
});

test("commands started at once build one after another and all answer", {
  timeout: 120_000,
}, async () => {
  await using clone = await makeClone();
  const started = [1, 2, 3].map(() => run(clone.berth, ["version", "--json"], OPTIONS));
  const finished = await Promise.all(started);
  expect(new Set(finished.map(({ stdout }) => stdout)).size).toBe(1);
  expect(finished.map(({ stderr }) => stderr).sort()).toEqual(["", "", "berth: building\n"]);
});

test("an edited source is built again, and a build that fails leaves the old one", {
  timeout: 120_000,
}, async () => {
  await using clone = await makeClone();
  await run(clone.berth, ["version"], OPTIONS);
  const source = join(clone.path, "src/app/version-command.ts");
  const text = await readFile(source, "utf8");

  await writeFile(source, text.replace("`berth ", "`BERTH "));
  expect((await run(clone.berth, ["version"], OPTIONS)).stdout).toMatch(/^BERTH /);

  await writeFile(source, "this is not TypeScript");
  const broken = await attempt(clone.berth, ["version"], OPTIONS);
  expect(broken).toMatchObject({ exitCode: 1, stdout: "" });
  expect(broken.stderr).toContain("version-command.ts");

  await writeFile(source, text);
  const longAgo = new Date("2020-01-01");
  await utimes(source, longAgo, longAgo);
  await utimes(dirname(source), longAgo, longAgo);
  expect((await run(clone.berth, ["version"], OPTIONS)).stdout).toMatch(/^BERTH /);
});

test("the command works through a chain of links, from any folder, and passes its exit code on", async () => {
  await using directory = await makeTempDirectory("links");
  await symlink(join(ROOT, "bin/berth"), join(directory.path, "one"));
  await symlink("one", join(directory.path, "two"));
  const { stdout } = await run("./two", ["version"], { ...OPTIONS, cwd: directory.path });
  expect(stdout).toMatch(/^berth /);
  const wrong = await attempt("./two", ["no-such-command"], { ...OPTIONS, cwd: directory.path });
  expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
});
