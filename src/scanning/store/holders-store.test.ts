import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { createScanningTables } from "../migration-0040.ts";
import type { ScanningTables } from "../tables.ts";
import { listFindingHoldings } from "./holders-store.ts";
import { isSameId } from "./vulnerability-ids.ts";

test("who has a vulnerability is found however its id is spelt", async () => {
  await using home = await makeTempDirectory("holders");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<ScanningTables & RegistryTables>({ path });
  const { writer } = database;
  await migrateToLatest(writer, { "1": { up: createScanningTables } });
  for (const statement of [
    sql`create table repositories (id integer primary key, name text, namespace_id integer)`,
    sql`create table manifests (id integer primary key, repository_id integer, digest text)`,
    sql`insert into repositories values (1, 'acme/web', 1)`,
    sql`insert into manifests values (1, 1, 'sha256:a')`,
    sql`insert into scans (id, digest, state, analyser_version, advisories, attempts, due_at)
      values (1, 'sha256:a', 'done', 1, '', 1, 0)`,
    sql`insert into packages (id, type, name, version) values (1, 'npm', 'ws', '7.4.0')`,
  ])
    await statement.execute(writer);
  const ids = ["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q", "openSUSE-SU-2021:1577-1"];
  for (const id of ids)
    await sql`insert into findings values (1, ${id}, 1, 'high', null, 0)`.execute(writer);

  const find = async (id: string) => {
    const page = { after: [0, 0, 0], limit: 10 } as const;
    const rows = await listFindingHoldings(database.reader, id, page);
    return rows.map(({ vulnerability }) => vulnerability);
  };
  expect(await find("cve-2021-44228")).toEqual(["CVE-2021-44228"]);
  for (const id of ["GHSA-jfh8-c2jp-5v3q", "ghsa-jfh8-c2jp-5v3q", "GHSA-JFH8-C2JP-5V3Q"])
    expect(await find(id)).toEqual(["GHSA-jfh8-c2jp-5v3q"]);
  expect(await find("openSUSE-SU-2021:1577-1")).toEqual(["openSUSE-SU-2021:1577-1"]);
  expect(await find("CVE-2021-4422")).toEqual([]);
  await database.close();
});

test("ids are the same whatever letters they are in", () => {
  expect(isSameId("ghsa-JFH8-c2jp-5v3q", "GHSA-jfh8-c2jp-5v3q")).toBe(true);
  expect(isSameId("CVE-2021-44228", "CVE-2021-4422")).toBe(false);
});
