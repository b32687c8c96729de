export { DataInUseError, lockData } from "./data-lock.ts";
export { type Database, DatabaseBusyError, DatabaseFullError } from "./database.ts";
export { migrateToLatest } from "./migrate.ts";
export { prepareQuery } from "./prepared-query.ts";
export { readNames } from "./read-names.ts";
export { openSqliteDatabase } from "./sqlite-database.ts";
export { writeIfPossible } from "./write-if-possible.ts";
