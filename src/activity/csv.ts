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

export const CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

/** One line (RFC 4180). */
export function toCsvLine(entry: Entry): string {
  const cells = COLUMNS.map((column) =>
    column === "at" ? new Date(entry.at).toISOString() : String(entry[column] ?? ""),
  );
  return `${cells.map(quote).join(",")}\r\n`;
}

/** Spreadsheets run what begins like a formula; an apostrophe before it makes it text (CWE-1236). */
function quote(cell: string): string {
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
