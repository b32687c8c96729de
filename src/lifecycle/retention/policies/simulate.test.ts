import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../../platform/db/index.ts";
import { createRetentionTables } from "../migration-0027.ts";
import type { RetentionTables } from "../tables.ts";
import { type SimulateDeps, simulate } from "./simulate.ts";

const REPOSITORIES = 300;

test("a simulation over many small repositories lets others in between, and can be broken off", async () => {
  await using home = await makeTempDirectory("simulate");
  const database = await openSqliteDatabase<RetentionTables>({ path: `${home.path}/berth.db` });
  const { writer: db } = database;
  await migrateToLatest(db, { "1": { up: createRetentionTables } });
  await sql`create table repositories (id integer primary key, name text, namespace_id integer, removed_at bigint)`.execute(
    db,
  );
  for (let at = 0; at < REPOSITORIES; at += 1)
    await sql`insert into repositories values (${at + 1}, ${`acme/r${at}`}, null, null)`.execute(
      db,
    );
  const deps = {
    ...{ database, settlePulls: async () => {}, countsWithin: "scope" },
    clock: () => new Date("2026-06-01T00:00:00Z"),
  } as unknown as SimulateDeps;
  const controller = new AbortController();
  const scope = { kind: "hub", id: 0, pattern: "" } as const;
  const wish = { scope, draft: undefined, isOnce: false, show: "report" } as const;
  let done = 0;
  setImmediate(() => controller.abort());
  const run = async () => {
    for await (const _ of simulate(deps, { ...wish, signal: controller.signal })) done += 1;
  };
  await expect(run()).rejects.toThrow("aborted");
  expect(done).toBeLessThan(10);
  await database.close();
});
