import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { GitRepositories } from "./git-repositories.ts";

const MIB = 1024 * 1024;

/** A commit whose tree names one file so many times. */
async function openRepository(names: number) {
  const home = await makeTempDirectory("tree-size");
  const limits = { pushBytes: MIB, treeBytes: 8 * MIB, repositoryBytes: 100 * MIB };
  const git = new GitRepositories({ data: home.path, ...limits });
  const id = 1 as RepositoryId;
  await git.ensure(id);
  const run = (args: readonly string[], input: string | Buffer) =>
    execFileSync("git", ["-C", git.pathOf(id), ...args], { env: git.environment, input });
  const blob = run(["hash-object", "-w", "--stdin"], Buffer.alloc(MIB)).toString().trim();
  const lines = Array.from({ length: names }, (_, at) => `100644 blob ${blob}\tfile-${at}\n`);
  const tree = run(["mktree"], lines.join("")).toString().trim();
  const who = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
  const message = "m".repeat(20 * MIB);
  const commit = run([...who, "commit-tree", tree], message)
    .toString()
    .trim();
  const into = join(home.path, "source");
  execFileSync("mkdir", [into]);
  const extract = () => git.extract(id, { commit, into, signal: new AbortController().signal });
  return {
    git,
    id,
    commit,
    into,
    extract,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test("a commit that names the same file often is refused before any of it is written", async () => {
  await using repository = await openRepository(20);
  await expect(repository.extract()).rejects.toThrow("more than 8 MiB (builds.disk)");
  await expect(writeFile(`${repository.into}.tar`, "", { flag: "wx" })).resolves.toBeUndefined();
});

test("a commit that fits is unpacked, and its message is read however long it is", async () => {
  await using repository = await openRepository(2);
  await repository.extract();
  const { git, id, commit } = repository;
  expect(await git.messageOf(id, commit)).toBe("m".repeat(64 * 1024));
});
