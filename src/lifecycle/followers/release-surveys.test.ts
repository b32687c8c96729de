import fc from "fast-check";
import { type KyselyPlugin, sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { compareVersions, parseTagVersion } from "../../lib/semver-order.ts";
import type { Tag } from "../../oci/tag.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRegistryTables, createTombstones } from "../../registry/index.ts";
import { createRepositories, type RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { listAliases } from "./aliases.ts";
import { ReleaseSurveys } from "./release-surveys.ts";

const RULE = { minor: true, major: true, latest: true };
const REPOSITORY = 7 as RepositoryId;

/** A repository of which tags can be said to be there, and a count of what is asked of the database. */
async function openRepository() {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("surveys"));
  const database = await openSqliteDatabase<LifecycleTables>({ path: `${home.path}/berth.db` });
  resources.defer(() => database.close());
  const { writer } = database;
  await migrateToLatest(writer, {
    "1": { up: createRepositories },
    "2": { up: createRegistryTables },
    "3": { up: createTombstones },
  });
  await sql`insert into repositories (id, name, created_at) values (7, 'acme/api', 1)`.execute(
    writer,
  );
  await sql`insert into manifests (id, repository_id, digest, media_type, size, payload, pushed_at)
    values (1, 7, 'sha256:0', 'x', 1, x'00', 1)`.execute(writer);
  const owned = resources.move();
  let queries = 0;
  const counting: KyselyPlugin = {
    transformQuery({ node }) {
      queries += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    db: writer.withPlugin(counting),
    async setTags(tags: readonly string[]) {
      await sql`delete from tags`.execute(writer);
      await sql`insert into tags (repository_id, name, manifest_id, updated_at)
        select 7, value, 1, 1 from json_each(${JSON.stringify(tags)})`.execute(writer);
    },
    async push(tag: string) {
      await sql`insert or replace into tags values (7, ${tag}, 1, 1)`.execute(writer);
      await sql`insert into tag_events (repository_id, tag, to_digest, actor, at, cause)
        values (7, ${tag}, 'sha256:0', 'olaf', 1, 'push')`.execute(writer);
    },
    async countQueries<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
      const before = queries;
      const value = await work();
      return [value, queries - before];
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** By looking at each of them. */
function findByLooking(tags: readonly string[], alias: string) {
  const versions = tags
    .filter((tag) => listAliases(tag as Tag, RULE).includes(alias as Tag))
    .flatMap((tag) => parseTagVersion(tag) ?? []);
  return versions.toSorted(compareVersions).at(-1);
}

const number = fc.oneof(fc.nat(3), fc.nat(120), fc.constantFrom("007", "10", "2024"));
const tag = fc
  .tuple(
    fc.constantFrom("", "", "", "v", "V", "release-", "api-v"),
    fc.array(number, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("", "", "", "", "-alpine", "-rc.1", "-rc.1-alpine", "_5", "-amd64"),
  )
  .map(([start, numbers, end]) => `${start}${numbers.join(".")}${end}`);

test("what is passed over is never the newest", async () => {
  await using repository = await openRepository();
  const lists = fc.uniqueArray(fc.oneof(tag, fc.constant("latest")), {
    maxLength: 400,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(lists, async (tags) => {
      await repository.setTags(tags);
      const aliases = new Set(tags.slice(0, 5).flatMap((one) => listAliases(one as Tag, RULE)));
      for (const alias of aliases) {
        const surveys = new ReleaseSurveys(repository.db);
        const wish = { repositoryId: REPOSITORY, alias, rule: RULE };
        const found = await surveys.findNewest(repository.db, wish, undefined);
        const version = found && parseTagVersion(found);
        const expected = findByLooking(tags, alias);
        expect([alias, version?.numbers]).toEqual([alias, expected?.numbers]);
      }
    }),
    { numRuns: 30 },
  );
});

test("a transaction after a survey reads no tags, and counts what moved meanwhile", async () => {
  await using repository = await openRepository();
  const many = Array.from({ length: 20_000 }, (_, at) => `1.${at % 100}.${Math.floor(at / 100)}`);
  await repository.setTags(many);
  const { db } = repository;
  const surveys = new ReleaseSurveys(db);
  const wish = { repositoryId: REPOSITORY, alias: "1" as Tag, rule: RULE };
  const [, before] = await repository.countQueries(() =>
    Promise.all([surveys.prepare(wish), surveys.prepare(wish)]),
  );
  // Of 20,000 tags most are passed over: two queries a page, for each of the hundred minor versions at most, and once for both.
  expect(before).toBeLessThan(220);
  await repository.push("1.99.500");
  const find = (than?: string) => () => surveys.findNewest(db, wish, than as Tag | undefined);
  expect(await repository.countQueries(find())).toEqual(["1.99.500", 1]);
  expect(await repository.countQueries(find("1.100.0"))).toEqual(["1.100.0", 1]);
  const [, again] = await repository.countQueries(() => surveys.prepare(wish));
  expect(again).toBe(1);
});
