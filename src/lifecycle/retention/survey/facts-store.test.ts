import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { openSqliteDatabase } from "../../../platform/db/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";
import { readEventsSince } from "./facts-store.ts";

test("what retention removed is told by why a tag went, not by what somebody is called", async () => {
  await using home = await makeTempDirectory("tag-events");
  const database = await openSqliteDatabase<RetentionTables>({ path: `${home.path}/berth.db` });
  const { writer: db } = database;
  await sql`create table tag_events (id integer primary key, repository_id integer, tag text, from_digest text,
    to_digest text, actor text, cause text)`.execute(db);
  await sql`insert into tag_events values (1, 7, 'old', 'sha256:a', null, 'retention', 'retention'),
    (2, 7, 'mine', 'sha256:a', null, 'retention', 'delete'), (3, 7, 'moved', 'sha256:a', 'sha256:b', 'olaf', 'push'),
    (4, 7, 'new', null, 'sha256:b', 'olaf', 'push'), (5, 8, 'far', null, 'sha256:b', 'olaf', 'push')`.execute(
    db,
  );
  const { events, last } = await readEventsSince(db, 7 as RepositoryId, 0);
  expect(last).toBe(5);
  expect(events).toEqual([
    { tag: "old", isDeletion: true, isMove: false, isOwn: true },
    { tag: "mine", isDeletion: true, isMove: false, isOwn: false },
    { tag: "moved", isDeletion: false, isMove: true, isOwn: false },
    { tag: "new", isDeletion: false, isMove: false, isOwn: false },
  ]);
  await database.close();
});
