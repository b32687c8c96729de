import { type Kysely, sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { openSqliteDatabase, prepareQuery } from "./index.ts";

interface Tables {
  things: { id: number; name: string; note: string | null };
}

const insertThing = prepareQuery((db: Kysely<Tables>, thing: Tables["things"]) =>
  db
    .insertInto("things")
    .values({ id: thing.id, name: thing.name, note: thing.note })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ note: "seen again" })),
);
const findThing = prepareQuery((db: Kysely<Tables>, key: { name: string }) =>
  db.selectFrom("things").selectAll().where("name", "=", key.name),
);

test("a prepared query takes its values anew each time, and keeps its constants", async () => {
  await using home = await makeTempDirectory("prepared");
  const database = await openSqliteDatabase<Tables>({ path: `${home.path}/things.db` });
  await sql`create table things (id integer primary key, name text, note text)`.execute(
    database.writer,
  );
  await database.write((trx) => insertThing(trx, { id: 1, name: "one", note: null }));
  await database.write((trx) => insertThing(trx, { id: 2, name: "two", note: "first" }));
  await database.write((trx) => insertThing(trx, { id: 2, name: "2", note: "second" }));

  expect((await findThing(database.reader, { name: "one" })).rows).toEqual([
    { id: 1, name: "one", note: null },
  ]);
  expect((await findThing(database.reader, { name: "two" })).rows).toEqual([
    { id: 2, name: "two", note: "seen again" },
  ]);
  expect((await findThing(database.reader, { name: "three" })).rows).toEqual([]);
  await database.close();
});
