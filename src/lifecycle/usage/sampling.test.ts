import { sql } from "kysely";
import { expect, test } from "vitest";
import { Randomness } from "../../../test/harness/randomness.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRepositories } from "../../repositories/index.ts";
import { createUsageSamples } from "../migration-0036.ts";
import { scopeOfRepository } from "../quotas/scopes.ts";
import type { LifecycleTables } from "../tables.ts";
import { listGrowth } from "./growth.ts";
import { beginOf, STEP_MS, type Step } from "./samples-store.ts";
import { Sampling } from "./sampling.ts";
import { readSeries } from "./series.ts";

const { hour: HOUR, day: DAY } = STEP_MS;
const START = Date.parse("2026-01-01T00:00:00Z");
const API = scopeOfRepository({ id: 1, name: "acme/api" });
const never = new AbortController().signal;

async function open() {
  const home = await makeTempDirectory("sampling");
  const database = await openSqliteDatabase<LifecycleTables>({ path: `${home.path}/berth.db` });
  const db = database.writer;
  await migrateToLatest(db, { "1": { up: createRepositories } });
  await sql`create table usage_counts (scope_kind text, scope_id integer, bytes integer, tags integer, repositories integer,
    is_noted integer, primary key (scope_kind, scope_id)) without rowid`.execute(db);
  await migrateToLatest(db, {
    "1": { up: createRepositories },
    "2": { up: createUsageSamples },
  });
  const time = { now: START };
  const sampling = new Sampling({ database, clock: () => new Date(time.now) });
  await sql`insert into repositories (id, name, created_at) values (1, 'acme/api', 1)`.execute(db);
  await sql`insert into usage_counts values ('repository', 1, 0, 0, 0, 0)`.execute(db);
  return {
    db,
    time,
    sampling,
    store: (bytes: number) =>
      sql`update usage_counts set bytes = ${bytes}, is_noted = 0`.execute(db),
    read: (step: Step, since: number) =>
      readSeries(db, API, {
        wish: { step, since: new Date(since), until: undefined },
        now: new Date(time.now),
      }),
    count: async (step: Step) => {
      const rows = await db
        .selectFrom("usage_samples")
        .select("at")
        .where("step", "=", step)
        .execute();
      return rows.length;
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Half an hour after half an hour; answers what was stored when each hour and each day ended. */
async function live({ time, store, sampling }: Scene, until: number) {
  const random = new Randomness();
  const ends = { hour: new Map<number, number>(), day: new Map<number, number>() };
  let bytes = 0;
  for (; time.now < until; time.now += HOUR / 2) {
    if (random.below(5) === 0) {
      bytes = random.below(1_000_000);
      await store(bytes);
    }
    await sampling.note(never);
    // What a kill made it do again changes nothing.
    if (random.below(5) === 0) {
      await store(bytes);
      await sampling.note(never);
    }
    if (random.below(24) === 0) await sampling.trim(never);
    for (const step of ["hour", "day"] as const) ends[step].set(beginOf(step, time.now), bytes);
  }
  time.now -= 1;
  return ends;
}

test("the series says what was stored when each hour and each day ended, in bounded rows", async () => {
  await using scene = await open();
  const { time, sampling, read, count } = scene;
  const ends = await live(scene, START + 40 * DAY);
  await sampling.trim(never);
  const hours = (await read("hour", time.now - 14 * DAY)).items;
  expect(hours).toHaveLength(14 * 24 + 1);
  for (const { at, bytes } of hours) expect(bytes).toBe(ends.hour.get(at));
  const days = (await read("day", time.now - 39 * DAY)).items;
  expect(days).toHaveLength(40);
  for (const { at, bytes } of days) expect(bytes).toBe(ends.day.get(at));
  expect(await count("hour")).toBeLessThanOrEqual(14 * 24 + 2);
  expect(await count("day")).toBeLessThanOrEqual(41);
  // Hours that are not kept any more are told by their days.
  expect((await read("hour", START)).items).toHaveLength(14 * 24 + 1);
});

test("what has not changed for years is still known, and takes one row of each", async () => {
  await using scene = await open();
  const { db, time, sampling, store, read, count } = scene;
  await store(7);
  await sampling.note(never);
  time.now += 5 * HOUR;
  await store(8);
  await sampling.note(never);
  time.now += 3 * 365 * DAY;
  await sampling.trim(never);
  await sampling.note(never);
  expect([await count("hour"), await count("day")]).toEqual([1, 1]);
  const { items } = await read("day", time.now - 3 * DAY);
  expect(items.map(({ bytes }) => bytes)).toEqual([8, 8, 8, 8]);
  await sql`delete from repositories where id = 1`.execute(db);
  expect(await count("hour")).toBe(0);
});

test("repositories that grew are told with what they stored before, and those that shrank are not", async () => {
  await using scene = await open();
  const { db, time, sampling, store } = scene;
  const grown = (days: number) => listGrowth(db, { days, now: new Date(time.now) });
  await store(100);
  await sampling.note(never);
  time.now += 10 * DAY;
  await store(400);
  await sampling.note(never);
  expect(await grown(7)).toEqual([{ repository: "acme/api", bytes: 400, before: 100 }]);
  time.now += 3 * DAY;
  await store(250);
  await sampling.note(never);
  expect(await grown(1)).toEqual([]);
  expect(await grown(7)).toEqual([{ repository: "acme/api", bytes: 250, before: 100 }]);
  time.now += 30 * DAY;
  expect(await grown(7)).toEqual([]);
});
