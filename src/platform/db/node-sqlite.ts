import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/** How many prepared statements a connection keeps; more than the program has distinct queries. */
const STATEMENT_LIMIT = 500;

export interface NodeSqlite extends SqliteDatabase {
  readonly raw: DatabaseSync;
}

/**
 * Opens a SQLite file as kysely expects it. Statements are prepared once and kept: preparing costs more than running.
 * The busy timeout is 0 because SQLite would wait by blocking the event loop; whoever writes waits asynchronously.
 */
export function openNodeSqlite(path: string, options: { readOnly: boolean }): NodeSqlite {
  const raw = new DatabaseSync(path, { timeout: 0 });
  raw.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;");
  // A commit is written to the log but not synced: whoever commits waits for `LogSync`, which does not block.
  raw.exec("PRAGMA synchronous = NORMAL;");
  raw.exec("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;");
  if (options.readOnly) raw.exec("PRAGMA query_only = ON;");
  const statements = new Map<string, SqliteStatement>();
  return {
    raw,
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      if (statements.size >= STATEMENT_LIMIT) statements.clear();
      const statement = adapt(raw.prepare(sql));
      statements.set(sql, statement);
      return statement;
    },
    close: () => raw.close(),
  };
}

function adapt(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
  };
}
