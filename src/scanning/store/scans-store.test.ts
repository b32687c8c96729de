import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { toDigest } from "../../oci/digest.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createScanningTables } from "../migration-0040.ts";
import { addTurnsAndLayers } from "../migration-0043.ts";
import { indexWaitingScans } from "../migration-0050.ts";
import type { ScanningTables } from "../tables.ts";
import { claimScan } from "./scans-store.ts";

test("the scan whose turn it is comes first, and is found by its turn alone", async () => {
  await using home = await makeTempDirectory("scans-store");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<ScanningTables>({ path });
  await migrateToLatest(database.writer, {
    "1": { up: createScanningTables },
    "2": { up: addTurnsAndLayers },
    "3": { up: indexWaitingScans },
  });
  const due = [30, 10, 20];
  const digests = due.map((at) => toDigest("sha256", String(at).repeat(32)));
  for (const [index, at] of due.entries())
    await sql`insert into scans (digest, state, analyser_version, advisories, attempts, due_at, turn)
      values (${digests[index]}, 'waiting', 1, '', 0, ${at}, ${at})`.execute(database.writer);

  const page = { now: new Date(25), until: new Date(99) };
  expect((await claimScan(database.writer, page))?.digest).toBe(digests[1]);
  expect((await claimScan(database.writer, page))?.digest).toBe(digests[2]);
  expect(await claimScan(database.writer, page)).toBeUndefined();

  const { rows } = await sql<{ detail: string }>`explain query plan select id from scans
    where state = ${"waiting"} and due_at + 0 <= ${25} order by turn, id limit 1`.execute(
    database.reader,
  );
  expect(rows.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/^SEARCH scans USING (COVERING )?INDEX scans_turn /),
  ]);
  await database.close();
});
