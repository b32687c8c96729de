import { toCsvRow } from "../lib/csv.ts";
import type { Entry } from "./entry.ts";

const COLUMNS = [
  "seq",
  "at",
  "action",
  "account",
  "name",
  "actor",
  "actorId",
  "credential",
  "address",
  "client",
  "outcome",
  "before",
  "after",
  "previous",
  "hash",
] as const satisfies readonly (keyof Entry)[];

export const CSV_HEAD = toCsvRow(COLUMNS);

export function toCsvLine(entry: Entry): string {
  return toCsvRow(
    COLUMNS.map((column) =>
      column === "at" ? new Date(entry.at).toISOString() : String(entry[column] ?? ""),
    ),
  );
}
