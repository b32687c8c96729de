import { sql } from "kysely";
import { expect, test } from "vitest";
import { buildImage } from "../../../../test/harness/images.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { openSqliteDatabase } from "../../../platform/db/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";
import type { Facts } from "./facts-store.ts";
import { findLabels } from "./image-labels.ts";

test("a configuration that the disk does not give leaves its labels unknown", async () => {
  await using home = await makeTempDirectory("image-labels");
  const database = await openSqliteDatabase<RetentionTables>({ path: `${home.path}/berth.db` });
  const { writer: db } = database;
  const { manifest } = buildImage({ labels: { env: "dev" } });
  await sql`create table manifests (id integer primary key, payload blob, media_type text)`.execute(
    db,
  );
  await sql`insert into manifests values (1, ${manifest.bytes}, ${manifest.mediaType})`.execute(db);
  const fail = async () => {
    throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
  };
  const facts = { manifestId: 1 } as Facts;
  const find = (blobs: Parameters<typeof findLabels>[0]["blobs"]) =>
    findLabels({ db, blobs }, 1 as RepositoryId, facts);
  expect(await find({ size: async () => 100, read: fail })).toBe("unreadable");
  expect(await find({ size: fail, read: fail })).toBe("unreadable");
  await database.close();
});
