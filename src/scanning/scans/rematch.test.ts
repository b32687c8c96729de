import type { Selectable } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { ScanFinding } from "../../contract/scans.ts";
import { toDigest } from "../../oci/digest.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { createScanningTables } from "../migration-0040.ts";
import { addTurnsAndLayers } from "../migration-0043.ts";
import { pack, readPacked } from "../store/layer-reports-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import type { ScanningTables } from "../tables.ts";
import { type Judge, NO_ADVISORIES } from "./judge.ts";
import { ScanWorker } from "./scan-worker.ts";

const DIGEST = toDigest("sha256", "a".repeat(64));
const NOW = new Date("2026-11-28T12:00:00Z");
const OLD: Judge = judgeOf("1/2", "CVE-2021-44228");
const NEW: Judge = judgeOf("2/2", "CVE-2022-22965");

function judgeOf(revision: string, id: string): Judge {
  const found = {
    ...{ id, severity: "critical", fixedVersion: null },
    package: { type: "maven", name: "log4j-core", version: "2.14.1" },
  } as unknown as ScanFinding;
  return { revision, judge: () => ({ findings: [found], coverage: [], setAside: [] }) };
}

/** A hub that scanned one image by the analyser 5 when `OLD` was in force, and whose analyser is 6 now. */
async function startScanned() {
  const home = await makeTempDirectory("rematch");
  const database = await openSqliteDatabase<ScanningTables & RegistryTables>({
    path: `${home.path}/berth.db`,
  });
  await migrateToLatest(database.writer, {
    "1": { up: createScanningTables },
    "2": { up: addTurnsAndLayers },
  });
  const inventory = { packages: [], problems: [] };
  const result = { inventory, instructions: [], diffIds: [], ...OLD.judge(inventory, []) };
  await database.writer
    .insertInto("scans")
    .values({
      ...{ digest: DIGEST, state: "done", analyser_version: 5, advisories: OLD.revision },
      ...{ attempts: 1, due_at: 0, scanned_at: 7, result: await pack(result) },
    })
    .execute();
  const changed: string[] = [];
  const rematch = async (judge: () => Judge) =>
    await new ScanWorker({
      ...{ database, analyserVersion: 6, parallel: 1 },
      advisories: {
        get newest() {
          return judge();
        },
        get recent() {
          return judge();
        },
      },
      blobs: {} as never,
      analyseLayer: () => Promise.reject(new Error("nothing is analysed")),
      measureLayers: () => Promise.reject(new Error("nothing is measured")),
      tell: async () => undefined,
      onChanged: (digest) => changed.push(digest),
      onArrivals: async () => undefined,
      clock: () => NOW,
      log: pino({ level: "silent" }),
    }).rematch(new AbortController().signal);
  return {
    database,
    rematch,
    changed,
    read: async () => {
      const scan: Selectable<ScanningTables["scans"]> = await database.reader
        .selectFrom("scans")
        .selectAll()
        .executeTakeFirstOrThrow();
      const { findings } = (await readPacked(scan.result ?? new Uint8Array())) as ScanResult;
      return { ...scan, found: findings.map(({ id }) => id) };
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

test("a hub whose advisories are gone keeps what was found with them", async () => {
  await using hub = await startScanned();
  await hub.rematch(() => NO_ADVISORIES);
  // Nor where they go while it is at it.
  let asked = 0;
  await hub.rematch(() => (asked++ === 0 ? NEW : NO_ADVISORIES));
  expect(await hub.read()).toMatchObject({
    ...{ advisories: OLD.revision, found: ["CVE-2021-44228"] },
  });
});

test("newer advisories change what was found, and not by which analyser", async () => {
  await using hub = await startScanned();
  await hub.rematch(() => NEW);
  expect(await hub.read()).toMatchObject({
    ...{ advisories: NEW.revision, found: ["CVE-2022-22965"] },
    ...{ state: "done", analyser_version: 5, scanned_at: NOW.getTime() },
  });
  expect(hub.changed).toEqual([DIGEST]);
});

test("advisories of which an image has no more and no less change nothing that anybody shows", async () => {
  await using hub = await startScanned();
  await hub.rematch(() => judgeOf("3/2", "CVE-2021-44228"));
  expect(await hub.read()).toMatchObject({ advisories: "3/2", found: ["CVE-2021-44228"] });
  expect(hub.changed).toEqual([]);
});

test.each([
  ["is asked for", { state: "waiting", scanned_at: 7 }],
  ["is done", { state: "done", scanned_at: 8 }],
] as const)("another scan that %s while it is matched is not undone", async (_, change) => {
  await using hub = await startScanned();
  let asked = 0;
  const judgeWhileItChanges = (): Judge => {
    asked += 1;
    // The page was read by then; what is written now is before what comes of it.
    if (asked === 2)
      void hub.database.write((trx) => trx.updateTable("scans").set(change).execute());
    return NEW;
  };
  await hub.rematch(judgeWhileItChanges);
  expect(asked).toBe(2);
  expect(await hub.read()).toMatchObject({ ...change, found: ["CVE-2021-44228"] });
  expect(hub.changed).toEqual([]);
});
