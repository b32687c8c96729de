import { join } from "node:path";
import type { Kysely } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { openSqliteDatabase } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { saveRules } from "../builds-store.ts";
import { createBuildTables } from "../migration-0055.ts";
import { addBuildInputs } from "../migration-0064.ts";
import { nextTimeOf } from "../rules/schedule.ts";
import type { BuildTables } from "../tables.ts";
import { runSchedules } from "./schedules.ts";
import { listDueRules, saveSchedules } from "./schedules-store.ts";

test.each([
  ["0 3 * * *", "2026-11-28T12:00:00Z", "2026-11-29T03:00:00.000Z"],
  ["*/15 * * * *", "2026-11-28T12:00:00Z", "2026-11-28T12:15:00.000Z"],
  ["0 0 * * 1", "2026-11-28T12:00:00Z", "2026-11-30T00:00:00.000Z"],
  ["0 0 29 2 *", "2026-11-28T12:00:00Z", "2028-02-29T00:00:00.000Z"],
])("%s is next after %s at %s", (schedule, after, next) => {
  expect(nextTimeOf(schedule, new Date(after))?.toISOString()).toBe(next);
});

test.each(["", "x", "* * * *", "* * * * * *", "@daily", "60 * * * *"])(
  "%j is no schedule",
  (text) => {
    expect(() => nextTimeOf(text, new Date(0))).toThrow(/no schedule/);
  },
);

test("a rule is built when it is due, once, and then when it is due again", async () => {
  await using home = await makeTempDirectory("schedules");
  const database = await openSqliteDatabase<BuildTables>({ path: join(home.path, "a.db") });
  await using _closed = { [Symbol.asyncDispose]: () => database.close() };
  const db = database.writer as unknown as Kysely<unknown>;
  await createBuildTables(db);
  await addBuildInputs(db);
  const id = 1 as RepositoryId;
  let now = new Date("2026-11-28T12:00:00Z");
  const rule = { sourceType: "branch", source: "main", dockerTag: "latest" } as const;
  const rules = [rule, { ...rule, schedule: "0 13 * * *" }];
  await database.write(async (trx) => {
    await saveRules(trx, { repository: id, rules, now });
    await saveSchedules(trx, id, [{ rule: 1, accountId: 7, at: new Date("2026-11-28T13:00:00Z") }]);
  });
  const started: unknown[] = [];
  const run = async () =>
    await runSchedules(
      {
        database,
        findRepository: async () => ({ id, name: "acme/app" }) as Repository,
        findPerson: async (accountId) => ({ kind: "user", name: "alice", accountId }),
        startAll: async ({ name }, { by }, { rule: which, settle }) => {
          started.push({ name, by: by.name, which });
          await database.write(async (trx) => await settle?.(trx));
          return [];
        },
        clock: () => now,
        log: pino({ level: "silent" }),
      },
      new AbortController().signal,
    );
  await run();
  expect(started).toEqual([]);
  now = new Date("2026-11-28T15:00:00Z");
  await run();
  await run();
  expect(started).toEqual([{ name: "acme/app", by: "alice", which: 1 }]);
  const later = { now: new Date("2026-11-29T13:00:00Z"), limit: 10 };
  expect(await listDueRules(database.reader, later)).toMatchObject([{ rule: 1 }]);
});
