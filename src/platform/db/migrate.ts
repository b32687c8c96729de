import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";

/** Numbered, forward only, never edited after landing; the name decides the order. */
export type Migrations = Readonly<Record<string, Pick<Migration, "up">>>;

/**
 * Brings the schema to the newest version. A database that is newer than the program is refused: an older program
 * would write rows that the newer one has given another meaning.
 */
export async function migrateToLatest<Tables>(
  writer: Kysely<Tables>,
  migrations: Migrations,
): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: writer,
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new Error("could not bring the database to this version of Berth", { cause: error });
  }
  return (results ?? []).map((result) => result.migrationName);
}
