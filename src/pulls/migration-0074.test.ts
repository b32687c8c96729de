import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { createFormerNamespaces, createNamespaces } from "../namespaces/index.ts";
import { migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { addFormerNames, addRepositoryOwners, createRepositories } from "../repositories/index.ts";
import { createHours } from "./migration-0014.ts";
import { addPullers } from "./migration-0074.ts";
import type { PullTables } from "./tables.ts";

const BEFORE = {
  "01": { up: createRepositories },
  "02": { up: createNamespaces },
  "03": { up: addRepositoryOwners },
  "04": { up: createFormerNamespaces },
  "05": { up: addFormerNames },
  "06": { up: createHours },
};

test("pulls of before get the ids of what their names lead to, and of whoever pulled", async () => {
  await using directory = await makeTempDirectory("pullers");
  const database = await openSqliteDatabase<PullTables>({ path: join(directory.path, "berth.db") });
  await migrateToLatest(database.writer, BEFORE);
  const run = (sql: string) => database.writer.executeQuery(CompiledQuery.raw(sql));
  await run(
    "insert into namespaces (id, name, skeleton, kind, default_visibility, created_at) values (7, 'acme', 'acme', 'organization', 'private', 0), (8, 'rita', 'rita', 'user', 'private', 0)",
  );
  await run(
    "insert into repositories (id, name, created_at, namespace_id) values (3, 'acme/tools', 0, 7)",
  );
  await run("insert into former_names values (7, 'api', 3, 0)");
  const pulls = [
    ["acme/tools", "rita"],
    // By the name that the repository had when the organization had another one, too.
    ["old/api", "acme+ci"],
    ["acme/gone", "anonymous"],
  ];
  for (const [repository, account] of pulls)
    await run(
      `insert into pull_hours (hour, namespace_id, repository, visibility, account, credential, address, tag, digest, checks, pulls) values (0, 7, '${repository}', 'public', '${account}', '', '', '', '', 1, 5)`,
    );
  await migrateToLatest(database.writer, { ...BEFORE, "07": { up: addPullers } });
  const rows = await database.reader
    .selectFrom("pull_hours")
    .select(["repository_id", "account_id", "fetches", "writer_fetches"])
    .orderBy("id")
    .execute();
  const counts = { fetches: 5, writer_fetches: 5 };
  expect(rows).toEqual([
    { repository_id: 3, account_id: 8, ...counts },
    { repository_id: 3, account_id: 7, ...counts },
    { repository_id: null, account_id: null, ...counts },
  ]);
  await database.close();
});
