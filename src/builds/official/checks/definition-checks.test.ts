import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { parseDefinition } from "../parse-definition.ts";
import { GitSource } from "../sources/git-source.ts";
import { type Sources, SourceUnreadable } from "../sources/sources.ts";
import { runChecks } from "./check.ts";
import { DEFINITION_CHECKS } from "./definition-checks.ts";

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let folder: string;
let good: string;
let side: string;
let rewritten: string;

const git = async (...args: string[]) => {
  const who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=master"];
  const { stdout } = await run("git", ["-C", folder, ...who, ...args], {
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  return stdout.trim();
};
const commit = async (message: string) => {
  await git("add", "--all");
  await git("commit", "--quiet", "--message", message);
  return await git("rev-parse", "HEAD");
};

beforeAll(async () => {
  const home = stack.use(await makeTempDirectory("official"));
  folder = home.path;
  await git("init", "--quiet");
  await mkdir(join(folder, "1.2"));
  await writeFile(join(folder, "1.2", "Dockerfile"), "FROM debian:12\n");
  await symlink("/etc", join(folder, "out"));
  await symlink("../1.2", join(folder, "1.2", "up"));
  await symlink("../../x", join(folder, "1.2", "climbs"));
  await symlink("1.2", join(folder, "same"));
  good = await commit("one");
  await git("checkout", "--quiet", "-b", "side");
  await writeFile(join(folder, "1.2", "other"), "x");
  side = await commit("two");
  const binary = Buffer.alloc(2 * 1024 * 1024 + 1);
  await writeFile(join(folder, "1.2", "rootfs.tar"), binary);
  await commit("three");
  binary[5] = 1;
  await writeFile(join(folder, "1.2", "rootfs.tar"), binary);
  rewritten = await commit("four");
});

afterAll(() => stack.disposeAsync());

const SOURCES: Sources = {
  isOwn: (gitRepo) => gitRepo.startsWith("http://own/"),
  open: async ({ gitRepo }) => {
    if (gitRepo.includes("gone"))
      throw new SourceUnreadable(`${gitRepo} cannot be fetched`, { wasTried: true });
    if (gitRepo.includes("unseen"))
      throw new SourceUnreadable(`${gitRepo} was not fetched`, { wasTried: false });
    return new GitSource(folder);
  },
};
const BASES = {
  find: async () => ({ architectures: ["amd64", "arm64v8"] }),
  pins: new Set<string>(),
};

async function resultsOf(text: string) {
  const subject = { parsed: parseDefinition(text), sources: SOURCES, bases: BASES };
  return await runChecks(DEFINITION_CHECKS, [{ name: "", subject }]);
}

/** Which checks an entry fails, below a first paragraph that is right. */
async function failuresOf(entry: string, gitRepo = "https://example.com/x.git"): Promise<string[]> {
  const fields = entry
    .replaceAll("GOOD", good)
    .replaceAll("SIDE", side)
    .replaceAll("REWRITTEN", rewritten);
  const text = `Maintainers: Ann (@ann)\nGitRepo: ${gitRepo}\nDirectory: 1.2\n\n${fields}\n`;
  const results = await resultsOf(text);
  return results.flatMap(({ state, number, id }) =>
    state === "failed" ? [`${number} ${id}`] : [],
  );
}

const TAGS = "Tags: 1.2.3, 1.2, 1, latest";
const ALL = `${TAGS}\nGitCommit: GOOD`;

test("a definition that is right passes the ten", async () => {
  const results = await resultsOf(
    `Maintainers: Ann (@ann)\nGitRepo: https://example.com/x.git\nDirectory: 1.2\n\n${ALL.replaceAll("GOOD", good)}\n`,
  );
  expect(results.map(({ number, state }) => `${number} ${state}`)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${index + 1} passed`),
  );
});

test.each([
  ["1 definition-invalid", `${ALL}\nColour: red`, `${ALL}\nBuilder: buildkit`],
  ["2 commit-not-whole", `${TAGS}\nGitCommit: 7d0ee59`, ALL],
  [
    "3 commit-unreachable",
    `${TAGS}\nGitCommit: SIDE`,
    `${TAGS}\nGitFetch: refs/heads/side\nGitCommit: SIDE`,
  ],
  ["4 tag-invalid", `${TAGS}, 1.2-latest\nGitCommit: GOOD`, `${TAGS}, late\nGitCommit: GOOD`],
  ["4 tag-invalid", `${TAGS}, .x\nGitCommit: GOOD`, `${TAGS}, x.\nGitCommit: GOOD`],
  ["4 tag-invalid", `${TAGS}, x, x\nGitCommit: GOOD`, `${TAGS}, x, y\nGitCommit: GOOD`],
  ["5 aliases-inconsistent", "Tags: 1.2.3, 1.2, latest\nGitCommit: GOOD", ALL],
  ["5 aliases-inconsistent", "Tags: 1.2.3, 1.2, 1\nGitCommit: GOOD", ALL],
  [
    "5 aliases-inconsistent",
    `Tags: 1.2.3, 1.2, 1, latest\nGitCommit: GOOD\n\nTags: 1.3.0, 1.3\nGitCommit: GOOD\nArchitectures: arm64v8`,
    `Tags: 1.2.3, 1.2\nGitCommit: GOOD\n\nTags: 1.3.0, 1.3, 1, latest\nGitCommit: GOOD\nArchitectures: arm64v8`,
  ],
  [
    "6 architecture-unknown",
    `${ALL}\nArchitectures: amd64, m68k`,
    `${ALL}\nArchitectures: amd64, arm64v8`,
  ],
  ["6 architecture-unknown", `${ALL}\nArchitectures: s390x`, `${ALL}\nArchitectures: arm64v8`],
  [
    "7 architecture-twice",
    `${ALL}\nSharedTags: s\n\nTags: x\nSharedTags: s\nFile: ./Dockerfile\nGitCommit: GOOD`,
    `${ALL}\nSharedTags: s\n\nTags: x\nSharedTags: s\nArchitectures: arm64v8\nGitCommit: GOOD`,
  ],
  ["8 path-missing", `${ALL}\nDirectory: 1.3`, `${ALL}\nDirectory: 1.2`],
  ["8 path-missing", `${ALL}\nFile: Containerfile`, `${ALL}\nFile: ./Dockerfile`],
  ["8 path-missing", `${ALL}\nDirectory: out`, `${ALL}\nDirectory: same`],
  ["8 path-missing", `${ALL}\nFile: climbs/Dockerfile`, `${ALL}\nFile: up/Dockerfile`],
  [
    "9 binary-rewritten",
    `${TAGS}\nGitFetch: refs/heads/side\nGitCommit: REWRITTEN`,
    `${TAGS}\nGitFetch: refs/heads/side\nGitCommit: SIDE`,
  ],
])("%s: %j, but not %j", async (check, bad, fine) => {
  expect(await failuresOf(bad)).toEqual([check]);
  expect(await failuresOf(fine)).toEqual([]);
});

test("sources are fetched over https without a login, or are the hub's own", async () => {
  expect(await failuresOf(ALL, "http://example.com/x.git")).toEqual(["10 source-unreachable"]);
  expect(await failuresOf(ALL, "https://me:x@example.com/x.git")).toEqual([
    "10 source-unreachable",
  ]);
  expect(await failuresOf(ALL, "https://example.com/gone.git")).toEqual(["10 source-unreachable"]);
  expect(await failuresOf(ALL, "http://own/git/acme/x.git")).toEqual([]);
});

test("what was not fetched is not called passed", async () => {
  const text = `Maintainers: Ann (@ann)\nGitRepo: https://example.com/unseen.git\n\n${ALL.replaceAll("GOOD", good)}\n`;
  const results = await resultsOf(text);
  const unseen = results.filter(({ state }) => state === "not run");
  expect(unseen.map(({ number }) => number)).toEqual([3, 6, 8, 9, 10]);
});
