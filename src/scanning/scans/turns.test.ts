import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { toDigest } from "../../oci/digest.ts";
import { openSqliteDatabase } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { Turns } from "./turns.ts";

test("one namespace with many large images does not make others wait for all of them", async () => {
  await using home = await makeTempDirectory("turns");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<RegistryTables>({ path });
  await database.writer.schema
    .createTable("repositories")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("name", "text")
    .execute();
  await database.writer.schema
    .createTable("manifests")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("repository_id", "integer")
    .addColumn("digest", "text")
    .addColumn("payload", "blob")
    .execute();
  const large = Buffer.from(JSON.stringify({ layers: [{ size: 1_000_000_000 }] }));
  const small = Buffer.from(JSON.stringify({ layers: [{ size: 10_000 }] }));
  const names = ["many/images", "other/image"];
  const arrived = Array.from({ length: 101 }, (_, index) => ({
    id: index + 1,
    digest: toDigest("sha256", String(index).padStart(64, "0")),
    isLast: index === 100,
  }));
  for (const [index, name] of names.entries())
    await database.writer
      .insertInto("repositories")
      .values({ id: index + 1, name } as never)
      .execute();
  for (const { id, digest, isLast } of arrived) {
    const row = { id, digest, repository_id: isLast ? 2 : 1, payload: isLast ? small : large };
    await database.writer
      .insertInto("manifests")
      .values(row as never)
      .execute();
  }
  const now = new Date(1_000_000);
  const turnOf = await new Turns().give(database.reader, arrived as never, now);
  const order = arrived.map(({ digest }) => turnOf(digest));
  // Beside the first of the others, and before the second.
  expect(order[0]).toBe(now.getTime());
  expect(order[100]).toBe(now.getTime());
  expect(order.slice(1, 100).every((turn) => turn > now.getTime() + 1000)).toBe(true);
  expect(new Set(order.slice(0, 100)).size).toBe(100);
  await database.close();
});
