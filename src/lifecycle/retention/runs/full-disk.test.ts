import { type Kysely, sql } from "kysely";
import pino from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import type { Caller, Journal } from "../../../access/index.ts";
import {
  DatabaseFullError,
  migrateToLatest,
  openSqliteDatabase,
} from "../../../platform/db/index.ts";
import type { Releases } from "../../../registry/index.ts";
import { createRetentionTables } from "../migration-0027.ts";
import type { RetentionTables } from "../tables.ts";
import { RetentionRuns } from "./retention-runs.ts";
import { RunWorker, type RunWorkerDeps } from "./run-worker.ts";

test("on a full disk a run begins and comes to its end with the room that was kept aside", async () => {
  await using home = await makeTempDirectory("retention-full");
  const real = await openSqliteDatabase<RetentionTables>({ path: `${home.path}/berth.db` });
  await migrateToLatest(real.writer, { "1": { up: createRetentionTables } });
  await sql`alter table retention_runs add column unchanged bigint not null default 0`.execute(
    real.writer,
  );
  await sql`create table repositories (id integer primary key, name text, removed_at bigint)`.execute(
    real.writer,
  );
  const write = async () => {
    throw new DatabaseFullError();
  };
  const database = { ...{ reader: real.reader, version: () => 0, close: async () => {} }, write };
  const releases = {
    write: <T>(work: (trx: Kysely<never>) => Promise<T>) =>
      real.write((trx) => work(trx as unknown as Kysely<never>)),
  } as unknown as Releases;
  const journal = { record: async () => {} } as unknown as Journal;
  const clock = () => new Date("2026-06-01T00:00:00Z");
  const log = pino({ level: "silent" });
  const shared = { database, releases, journal, clock, log, onProgress: () => undefined };
  const worker = new RunWorker(shared as unknown as RunWorkerDeps);
  const runs = new RetentionRuns({ ...shared, worker, everyMs: undefined });
  const scope = { kind: "hub", id: 0, pattern: "" } as const;
  const wish = { scope, policy: 'delete --match "*"', inUseMs: undefined };
  // It cannot be brought back without room, and holds up nobody.
  await sql`insert into retention_runs (scope_kind, scope_id, pattern, scope_name, cause, started_by, state, is_ending,
    as_of, position, repositories, examined, removed, spared, freed_bytes, restored, lost)
    values ('hub', 0, '', 'hub', 'person', 'olaf', 'undoing', 0, 0, '', 0, 0, 0, 0, 0, 0, 0)`.execute(
    real.writer,
  );
  const { id } = await runs.start(wish, { by: { name: "olaf" } } as Caller);
  await runs.tick();
  expect(await runs.find(id)).toMatchObject({ state: "done" });
  expect((await runs.find(1))?.state).toBe("undoing");
  await real.close();
});
