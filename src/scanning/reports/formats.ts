import type { ScanReport } from "../../contract/scans.ts";
import { toCsv } from "./csv.ts";
import { toJunit } from "./junit.ts";
import { toSarif } from "./sarif.ts";
import { toTable } from "./table.ts";
import { toText } from "./text.ts";

type Format = (report: ScanReport, version: string) => readonly string[];

/** In which forms a report can be had, by their names. */
export const REPORT_FORMATS: Readonly<Record<string, Format>> = {
  text: toText,
  table: toTable,
  json: (report) => [JSON.stringify(report)],
  csv: toCsv,
  sarif: (report, version) => [JSON.stringify(toSarif(report, version))],
  junit: toJunit,
};
