import { CompiledQuery, sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRepositories, type RepositoryId } from "../../repositories/index.ts";
import { createTagRules } from "../migration-0020.ts";
import { addRuleLevels } from "../migration-0024.ts";
import type { LifecycleTables } from "../tables.ts";
import { listLevelsOf } from "./tag-rules-store.ts";

test("what was said of immutable tags is kept when the levels come, and is found by keys alone", async () => {
  await using home = await makeTempDirectory("tag-rules-store");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<LifecycleTables>({ path });
  const before = { "1": { up: createRepositories }, "2": { up: createTagRules } };
  await migrateToLatest(database.writer, before);
  await sql`insert into repositories (id, name, created_at) values (7, 'acme/api', 1), (8, 'acme/web', 1)`.execute(
    database.writer,
  );
  await sql`insert into immutable_tags values (7, 'on', '["v.*","a\\\\d"]'), (8, 'off', '[]')`.execute(
    database.writer,
  );
  await sql`alter table repositories add column namespace_id integer`.execute(database.writer);
  await migrateToLatest(database.writer, { ...before, "3": { up: addRuleLevels } });

  const find = async (id: number) => {
    const levels = await listLevelsOf(database.writer, {
      kind: "repository",
      id: id as RepositoryId,
    });
    return levels.at(-1)?.rules.immutable;
  };
  const body = { isEnabled: true, patterns: ["v.*", "a\\d"] };
  expect(await find(7)).toEqual({ body, isLocked: false });
  expect(await find(8)).toEqual({ body: { isEnabled: false, patterns: [] }, isLocked: false });
  await sql`delete from repositories where id = 7`.execute(database.writer);
  expect(await find(7)).toBeUndefined();

  const levels = `select kind from tag_rules where (scope_kind = 'hub' and scope_id = 0) or (scope_kind = 'namespace'
    and scope_id = (select namespace_id from repositories where id = 8)) or (scope_kind = 'repository' and scope_id = 8)`;
  const plan = CompiledQuery.raw(`explain query plan ${levels}`);
  const { rows } = await database.writer.executeQuery<{ detail: string }>(
    plan as CompiledQuery<{ detail: string }>,
  );
  expect(rows.filter(({ detail }) => detail.startsWith("SCAN"))).toEqual([]);
  await database.close();
});
