import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { type Database, migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import { GitRepositories } from "./git/git-repositories.ts";
import { createBuildTables } from "./migration-0055.ts";
import { createBuildSources } from "./migration-0063.ts";
import { addBuildInputs } from "./migration-0064.ts";
import { addBuildRuns } from "./migration-0066.ts";
import { createBuildFacts } from "./migration-0073.ts";
import { createDeferredBuilds } from "./migration-0089.ts";
import { BuildLogs } from "./queue/build-log.ts";
import type { BuildId, BuildTables } from "./tables.ts";
import { type TidyDeps, tidyBuilds } from "./tidy-builds.ts";

const DAY = 86_400_000;
const NOW = new Date("2026-11-29T12:00:00Z");
const NEVER = new AbortController().signal;
const [KEPT, GONE, BROKEN] = [1, 2, 3] as [RepositoryId, RepositoryId, RepositoryId];
const resources = new AsyncDisposableStack();
let data: string;
let database: Database<BuildTables>;
let git: GitRepositories;
let logs: BuildLogs;

beforeAll(async () => {
  data = resources.use(await makeTempDirectory("tidy")).path;
  const opened = await openSqliteDatabase<BuildTables>({ path: join(data, "berth.db") });
  resources.defer(() => opened.close());
  database = opened;
  await migrateToLatest(opened.writer, {
    "0055-builds": { up: createBuildTables },
    "0063-build-sources": { up: createBuildSources },
    "0064-build-inputs": { up: addBuildInputs },
    "0066-build-runs": { up: addBuildRuns },
    "0073-build-facts": { up: createBuildFacts },
    "0089-deferred-builds": { up: createDeferredBuilds },
  });
  git = new GitRepositories({ data, pushBytes: 1e6, repositoryBytes: 100_000, treeBytes: 1e6 });
  logs = new BuildLogs(data);
});
afterAll(() => resources.disposeAsync());

const deps = (more: Partial<TidyDeps> = {}): TidyDeps => ({
  ...{ database, git, logs, keepLogs: 90 * DAY, clock: () => NOW },
  builder: { prune: async () => undefined },
  findRepository: async (id) => (id === KEPT ? ({ id } as Repository) : undefined),
  log: pino({ level: "silent" }),
  ...more,
});

async function addBuild(
  repository: RepositoryId | undefined,
  ended: Date | undefined,
): Promise<BuildId> {
  const { id } = await database.write((trx) =>
    trx
      .insertInto("builds")
      .values({
        ...{ repository_id: repository ?? KEPT, ref: "refs/heads/main", rule: 0, caching: 0 },
        ...{ commit_hash: "1".repeat(40), context: "/", dockerfile: "Dockerfile", tags: "[]" },
        ...{ state: "succeeded" as const, attempts: 1, principal: "{}", created_at: 0 },
        ended_at: ended?.getTime() ?? null,
      } as never)
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  await logs.end(await logs.begin(id, () => undefined));
  return id;
}

test("logs are kept for as long as is said, and those of builds that are not over for longer", async () => {
  const recent = await addBuild(KEPT, new Date(NOW.getTime() - 89 * DAY));
  const old = await addBuild(KEPT, new Date(NOW.getTime() - 91 * DAY));
  const running = await addBuild(KEPT, undefined);
  await writeFile(join(data, "builds", "logs", "999.log"), "of a build that is gone");
  await tidyBuilds(deps(), NEVER);
  expect((await logs.list()).sort()).toEqual([recent, running].sort());
  expect(await logs.list()).not.toContain(old);
});

test("a deleted repository leaves nothing, though nobody ever pushed to it with Git", async () => {
  const pruned: number[] = [];
  const prune = async ({ repository }: { readonly repository: RepositoryId }) => {
    pruned.push(repository);
  };
  await database.write(async (trx) => {
    await trx
      .insertInto("build_secrets")
      .values({ repository_id: GONE, name: "NPM", value: "sealed", updated_at: 0 })
      .execute();
    await trx
      .insertInto("build_rules")
      .values({ repository_id: KEPT, rules: "[]", updated_at: 0 })
      .execute();
  });
  await tidyBuilds(deps({ builder: { prune } }), NEVER);
  expect(pruned).toEqual([GONE]);
  expect(await database.reader.selectFrom("build_secrets").selectAll().execute()).toEqual([]);
  expect(await database.reader.selectFrom("build_rules").selectAll().execute()).toHaveLength(1);
});

test("one that cannot be tidied holds nobody else up", async () => {
  const ids = [await addBuild(BROKEN, NOW), await addBuild(GONE, NOW)];
  const prune = async ({ repository }: { readonly repository: RepositoryId }) => {
    if (repository === BROKEN) throw new Error("it is busy");
  };
  await tidyBuilds(deps({ builder: { prune } }), NEVER);
  const rows = await database.reader
    .selectFrom("builds")
    .select("id")
    .where("id", "in", ids)
    .execute();
  expect(rows).toEqual([{ id: ids[0] }]);
});

test("a Git repository takes no push beyond its limit, and what no ref leads to goes after a day", async () => {
  await git.ensure(KEPT);
  await git.assertRoom(KEPT);
  const objects = join(git.pathOf(KEPT), "objects");
  const run = promisify(execFile);
  const noise = join(data, "noise");
  const { randomBytes } = await import("node:crypto");
  await writeFile(noise, randomBytes(200_000));
  await run("git", ["-C", git.pathOf(KEPT), "hash-object", "-w", noise]);
  await expect(git.assertRoom(KEPT)).rejects.toThrow(/builds\.repositoryBytes/);
  await git.shrink(KEPT);
  await expect(git.assertRoom(KEPT)).rejects.toThrow();
  const [folder = ""] = (await readdir(objects)).filter((name) => name.length === 2);
  const [loose = ""] = await readdir(join(objects, folder));
  await run("touch", ["-d", "2 days ago", join(objects, folder, loose)]);
  await git.shrink(KEPT);
  await git.assertRoom(KEPT);
});

test("of a commit with the longest of messages the beginning is read", async () => {
  const bare = git.pathOf(KEPT);
  await mkdir(bare, { recursive: true });
  const message = join(data, "message");
  await writeFile(message, "a".repeat(17 * 1024 * 1024));
  const run = promisify(execFile);
  const author = {
    ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.example" },
    ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.example" },
  };
  const { stdout: tree } = await run("git", [
    "-C",
    bare,
    "hash-object",
    "-t",
    "tree",
    "-w",
    "/dev/null",
  ]);
  const { stdout } = await run("git", ["-C", bare, "commit-tree", "-F", message, tree.trim()], {
    env: { ...process.env, ...author },
  });
  expect(await git.messageOf(KEPT, stdout.trim())).toBe("a".repeat(64 * 1024));
});
