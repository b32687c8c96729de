import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import type { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { LogSync } from "./log-sync.ts";
import { openNodeSqlite } from "./node-sqlite.ts";

export interface SqliteOptions {
  readonly path: string;
  /** How long a write waits for another process before it gives up, in milliseconds. */
  readonly busyTimeoutMs?: number;
}

export interface SqliteDatabase<Tables> extends Database<Tables> {
  /** For migrations, which run before anything else writes. */
  readonly writer: Kysely<Tables>;
  /** SQLite's own check of the file: what is wrong, or undefined. */
  readonly checkIntegrity: () => string | undefined;
}

/**
 * Opens (and creates) the embedded database: one connection that reads, one that writes. With WAL the reader sees the
 * last commit while a transaction is open, so a page of tags never waits for a push.
 */
export async function openSqliteDatabase<Tables>(
  options: SqliteOptions,
): Promise<SqliteDatabase<Tables>> {
  await mkdir(dirname(options.path), { recursive: true });
  const writerFile = openNodeSqlite(options.path, { readOnly: false });
  const readerFile = openNodeSqlite(options.path, { readOnly: true });
  const writer = new Kysely<Tables>({ dialect: new SqliteDialect({ database: writerFile }) });
  const reader = new Kysely<Tables>({ dialect: new SqliteDialect({ database: readerFile }) });
  const log = new LogSync(options.path);
  const commits = new GroupCommit<Tables>({
    kysely: writer,
    raw: writerFile.raw,
    log,
    busyTimeoutMs: options.busyTimeoutMs ?? 5000,
  });
  const dataVersion = readerFile.raw.prepare("PRAGMA data_version");
  return {
    reader,
    writer,
    version: () => Number(dataVersion.get()?.data_version),
    checkIntegrity: () => checkIntegrity(readerFile.raw),
    write: (work, writeOptions) => commits.submit(work, writeOptions?.survives ?? "power"),
    async close() {
      await commits.drain();
      await log.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function checkIntegrity(raw: DatabaseSync): string | undefined {
  const result = raw.prepare("PRAGMA integrity_check(10)").all();
  const lines = result.map((row) => String(row.integrity_check));
  return lines.join() === "ok" ? undefined : `the database is damaged: ${lines.join("; ")}`;
}
