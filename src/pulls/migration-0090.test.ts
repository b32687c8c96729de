import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { createRepositories } from "../repositories/index.ts";
import { createHours } from "./migration-0014.ts";
import { createTraffic } from "./migration-0037.ts";
import { createTrafficDays } from "./migration-0090.ts";
import type { PullTables } from "./tables.ts";

const HOUR = 3_600_000;
const BEFORE = {
  "01": { up: createRepositories },
  "02": { up: createHours },
  "03": { up: createTraffic },
};

test("hours of before are summed up by day, of what is still there, its namespace and the hub", async () => {
  await using directory = await makeTempDirectory("traffic-days");
  const database = await openSqliteDatabase<PullTables>({ path: join(directory.path, "berth.db") });
  await migrateToLatest(database.writer, BEFORE);
  const run = (sql: string) => database.writer.executeQuery(CompiledQuery.raw(sql));
  await run("insert into repositories (id, name, created_at) values (3, 'acme/api', 0)");
  const hours = [
    [1, 7, "acme/api"],
    [2, 7, "acme/api"],
    [25, 7, "acme/gone"],
    [26, null, "single"],
  ];
  for (const [hour, namespace, repository] of hours)
    await run(
      `insert into traffic_hours (hour, namespace_id, repository, account, credential, pulls, pulled_bytes, pushes, pushed_bytes) values (${Number(hour) * HOUR}, ${namespace}, '${repository}', 'rita', '', 2, 20, 1, 10)`,
    );
  await migrateToLatest(database.writer, { ...BEFORE, "04": { up: createTrafficDays } });
  const rows = await database.reader
    .selectFrom("traffic_days")
    .select(["scope_kind", "scope_id", "day", "pulls", "pushed_bytes"])
    .orderBy("scope_kind")
    .orderBy("day")
    .execute();
  const row = (scope_kind: string, scope_id: number, [day, times]: readonly [number, number]) => ({
    ...{ scope_kind, scope_id, day: day * 24 * HOUR },
    ...{ pulls: 2 * times, pushed_bytes: 10 * times },
  });
  expect(rows).toEqual([
    row("hub", 0, [0, 2]),
    row("hub", 0, [1, 2]),
    row("namespace", 7, [0, 2]),
    row("namespace", 7, [1, 1]),
    row("repository", 3, [0, 2]),
  ]);
  await database.close();
});
