import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { toDigest } from "../../oci/digest.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRepositories, type RepositoryId } from "../../repositories/index.ts";
import { selectReadableAmong } from "./blobs-store.ts";
import { createRegistryTables } from "./migration-0002.ts";
import type { RegistryTables } from "./tables.ts";

test("a manifest's blobs are found by their digests, however many blobs the repository has", async () => {
  await using home = await makeTempDirectory("blobs-store");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<RegistryTables>({ path });
  await migrateToLatest(database.writer, {
    "1": { up: createRepositories },
    "2": { up: createRegistryTables },
  });
  const digests = Array.from({ length: 8 }, (_, index) =>
    toDigest("sha256", String(index).repeat(64)),
  );

  const query = selectReadableAmong(database.reader, 1 as RepositoryId, digests);
  const { sql, parameters } = query.compile();
  const plan = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
  const { rows: steps } = await database.reader.executeQuery<{ detail: string }>(
    plan as CompiledQuery<{ detail: string }>,
  );

  expect(steps[0]?.detail).toMatch(/^SEARCH blobs USING INDEX \S+ \(digest=\?\)/);
  expect(steps.filter(({ detail }) => detail.startsWith("SCAN"))).toEqual([]);
  await database.close();
});
