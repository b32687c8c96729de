import type { Kysely } from "kysely";
import { auditEntry } from "../contract/audit.ts";
import { readJsonLines } from "../lib/json-lines.ts";
import { type ActivityTables, findStart, listEntriesAfter } from "./entries-store.ts";
import { type Anchor, ChainCheck, type ChainFault } from "./entry.ts";

export interface Verdict {
  readonly entries: number;
  /** The last entry that follows from the ones before it. */
  readonly head: Anchor;
  readonly fault: ChainFault | undefined;
}

interface Options {
  /** The hash of an entry that has to be there. */
  readonly head: string | undefined;
  readonly onProgress?: (entries: number) => void;
}

const BATCH = 1000;

/** Proves the trail of a database, from its last checkpoint on. */
export async function verifyDatabase(
  db: Kysely<ActivityTables>,
  options: Options,
): Promise<Verdict> {
  const start = await findStart(db);
  const check = new ChainCheck(start, options.head);
  for (let last = start.seq; ; ) {
    // Also what lies before the checkpoint, where nothing may be left.
    const entries = await listEntriesAfter(db, last === start.seq ? -1 : last, BATCH);
    for (const entry of entries) check.add(entry);
    options.onProgress?.(check.entries);
    if (entries.length < BATCH) return verdictOf(check);
    last = entries.at(-1)?.seq ?? last;
  }
}

/** Proves an export of JSON lines. Its first entry is taken as it is: what came before may have been removed by retention. */
export async function verifyExport(
  bytes: AsyncIterable<Uint8Array>,
  options: Options,
): Promise<Verdict> {
  let check: ChainCheck | undefined;
  for await (const line of readJsonLines(bytes)) {
    const entry = auditEntry.parse(line);
    check ??= new ChainCheck({ seq: entry.seq - 1, hash: entry.previous }, options.head);
    check.add(entry);
    options.onProgress?.(check.entries);
  }
  return verdictOf(check ?? new ChainCheck({ seq: 0, hash: "" }, options.head));
}

function verdictOf(check: ChainCheck): Verdict {
  return { entries: check.entries, head: check.head, fault: check.end() };
}
