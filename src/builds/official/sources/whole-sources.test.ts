import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import { GitRepositories } from "../../git/git-repositories.ts";
import { GitSource } from "./git-source.ts";

const run = promisify(execFile);

test("a build gets every file of the commit, as a clone has it, whatever .gitattributes says", async () => {
  await using home = await makeTempDirectory("attributes");
  const work = join(home.path, "work");
  await mkdir(join(work, "tests"), { recursive: true });
  await writeFile(
    join(work, ".gitattributes"),
    "/tests export-ignore\nDockerfile export-ignore\nv export-subst\n",
  );
  await writeFile(join(work, "tests", "one"), "1");
  await writeFile(join(work, "Dockerfile"), "FROM scratch\n");
  await writeFile(join(work, "v"), "$Format:%H$\n");
  const git = async (...args: string[]) =>
    await run("git", ["-C", work, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "one");
  const commit = (await git("rev-parse", "HEAD")).stdout.trim();

  const repositories = new GitRepositories({
    data: home.path,
    pushBytes: 1_000_000,
    repositoryBytes: 10_000_000,
    treeBytes: 10_000_000,
  });
  const id = 1 as RepositoryId;
  await repositories.ensure(id);
  await run("git", [
    "-C",
    work,
    "push",
    "--quiet",
    repositories.pathOf(id),
    "HEAD:refs/heads/main",
  ]);
  const { signal } = new AbortController();
  const [ours, theirs] = [join(home.path, "ours"), join(home.path, "theirs")];
  await mkdir(ours);
  await mkdir(theirs);
  await repositories.extract(id, { commit, into: ours, signal });
  const bare = join(home.path, "bare.git");
  await rename(join(work, ".git"), bare);
  await new GitSource(bare).extract(commit, { into: theirs, limitBytes: 1e6, signal });
  const tooLarge = new GitSource(bare).extract(commit, { into: theirs, limitBytes: 100, signal });
  await expect(tooLarge).rejects.toThrow(/builds\.disk/);
  for (const folder of [ours, theirs]) {
    expect((await readdir(folder)).toSorted()).toEqual([
      ".gitattributes",
      "Dockerfile",
      "tests",
      "v",
    ]);
    expect(await readFile(join(folder, "tests", "one"), "utf8")).toBe("1");
    expect(await readFile(join(folder, "v"), "utf8")).toBe("$Format:%H$\n");
  }
});
