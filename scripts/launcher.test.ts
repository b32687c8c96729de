import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { makeClone, makeInstalledClone, PROJECT } from "../test/harness/clone.ts";
import { attempt, run } from "../test/harness/command.ts";
import { makeTempDirectory } from "../test/harness/temp-directory.ts";

const BUILDING = "berth: building\nberth: building the pages\n";
const OPTIONS = { env: { HOME: "/nonexistent" }, timeoutMs: 110_000 };

async function openClone() {
  const clone = await makeInstalledClone();
  return { ...clone, berth: join(clone.path, "bin/berth") };
}

test("in a clone without a build the command builds, answers, and keeps its output clean", {
  timeout: 120_000,
}, async () => {
  await using clone = await openClone();

  const first = await run(clone.berth, ["version"], OPTIONS);
  expect(first.stdout).toMatch(/^berth \d+\.\d+\.\d+ \(Node v24\./);
  expect(first.stderr).toBe(BUILDING);

  const second = await run(clone.berth, ["version"], OPTIONS);
  expect(second).toMatchObject({ stdout: first.stdout, stderr: "" });
});

test("commands started at once build one after another and all answer", {
  timeout: 120_000,
}, async () => {
  await using clone = await openClone();
  const started = [1, 2, 3].map(() => run(clone.berth, ["version", "--json"], OPTIONS));
  const finished = await Promise.all(started);
  expect(new Set(finished.map(({ stdout }) => stdout)).size).toBe(1);
  const said = finished.map(({ stderr }) => stderr.replace(/^berth: waiting for .*\n/, ""));
  expect(said.sort()).toEqual(["", "", BUILDING]);
});

test("whoever stops the command while it installs stops the installation", async () => {
  await using clone = await makeClone();
  await mkdir(join(clone.path, "fake"));
  const npm = join(clone.path, "fake/npm");
  await writeFile(
    npm,
    "#!/bin/sh\necho $$ > started.new && mv started.new started\nexec sleep 600\n",
    { mode: 0o755 },
  );
  const PATH = `${dirname(npm)}:${process.env.PATH}`;
  const child = spawn(join(clone.path, "bin/berth"), ["version"], {
    env: { PATH },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  const pid = await vi.waitFor(() => readFile(join(clone.path, "started"), "utf8"), 10_000);

  child.kill("SIGTERM");

  expect(await ended).toEqual([143, null]);
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
});

test("an edited source is built again, and a build that fails leaves the old one", {
  timeout: 120_000,
}, async () => {
  await using clone = await openClone();
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
  await symlink(join(PROJECT, "bin/berth"), join(directory.path, "one"));
  await symlink("one", join(directory.path, "two"));
  const { stdout } = await run("./two", ["version"], { ...OPTIONS, cwd: directory.path });
  expect(stdout).toMatch(/^berth /);
  const wrong = await attempt("./two", ["no-such-command"], { ...OPTIONS, cwd: directory.path });
  expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
});
