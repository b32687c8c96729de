import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { createScanningTables } from "../migration-0040.ts";
import { addLayerListings } from "../migration-0072.ts";
import type { ScanningTables } from "../tables.ts";
import { LayerReports } from "./layer-reports.ts";

test("a report is given for a blob that was read to its end alone, and once for each diff id", async () => {
  await using home = await makeTempDirectory("layer-reports");
  const database = await openSqliteDatabase<ScanningTables>({ path: `${home.path}/berth.db` });
  await migrateToLatest(database.writer, {
    "1": { up: createScanningTables },
    "2": { up: addLayerListings },
  });
  const analysed: (string | undefined)[] = [];
  const reports = new LayerReports({
    database,
    analyserVersion: 1,
    clock: () => new Date(0),
    analyseLayer: async ({ blob, diffId }) => {
      analysed.push(blob);
      if (blob === "own") throw new LayerRefused("DIFFERENT_CONTENT", diffId);
      const nothing = { files: {}, whiteouts: [], opaque: [], occupied: "" };
      return { report: { diffId, analyserVersion: 1, ...nothing }, listing: undefined };
    },
  });
  const layer = (blob: string) => ({
    diffId: "sha256:theirs",
    blob,
    open: () => {
      throw new Error("only analysers read it");
    },
  });
  const { signal } = new AbortController();

  await reports.read([layer("theirs")], signal);
  const again = await reports.read([layer("theirs"), layer("theirs")], signal);
  expect(analysed).toEqual(["theirs"]);
  expect(again[0]).toBe(again[1]);

  await expect(reports.read([layer("own")], signal)).rejects.toMatchObject({
    code: "DIFFERENT_CONTENT",
    message: expect.stringMatching(/names: sha256:theirs$/),
  });
  await reports.read([layer("compressed otherwise")], signal);
  expect(analysed).toEqual(["theirs", "own", "compressed otherwise"]);
  await database.close();
});
