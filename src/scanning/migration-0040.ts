import { type Kysely, sql } from "kysely";

export async function createScanningTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("layer_reports")
    .addColumn("diff_id", "text", (column) => column.primaryKey())
    .addColumn("analyser_version", "integer", (column) => column.notNull())
    .addColumn("report", "blob", (column) => column.notNull())
    .addColumn("made_at", "bigint", (column) => column.notNull())
    .execute();
  await createScans(db);
  await createPackages(db);
  await db.schema
    .createTable("scan_positions")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("position", "bigint", (column) => column.notNull())
    .execute();
}

async function createScans(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("scans")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("digest", "text", (column) => column.notNull().unique())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("analyser_version", "integer", (column) => column.notNull())
    .addColumn("advisories", "text", (column) => column.notNull())
    .addColumn("result", "blob")
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .addColumn("scanned_at", "bigint")
    .execute();
  await db.schema
    .createIndex("scans_waiting")
    .on("scans")
    .columns(["due_at", "id"])
    .where(sql.ref("state"), "=", "waiting")
    .execute();
  await db.schema
    .createIndex("scans_by_advisories")
    .on("scans")
    .columns(["state", "advisories", "id"])
    .execute();
}

async function createPackages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("packages")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addUniqueConstraint("packages_key", ["name", "type", "version"])
    .execute();
  await db.schema
    .createTable("scanned_packages")
    .addColumn("scan_id", "integer", (column) =>
      column.notNull().references("scans.id").onDelete("cascade"),
    )
    .addColumn("package_id", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("scanned_packages_key", ["scan_id", "package_id"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("scanned_packages_package")
    .on("scanned_packages")
    .columns(["package_id", "scan_id"])
    .execute();
  await db.schema
    .createTable("findings")
    .addColumn("scan_id", "integer", (column) =>
      column.notNull().references("scans.id").onDelete("cascade"),
    )
    .addColumn("vulnerability", "text", (column) => column.notNull())
    .addColumn("package_id", "integer", (column) => column.notNull())
    .addColumn("severity", "text", (column) => column.notNull())
    .addColumn("fixed_version", "text")
    .addColumn("found_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("findings_key", ["scan_id", "vulnerability", "package_id"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("findings_vulnerability")
    .on("findings")
    .columns(["vulnerability", "scan_id"])
    .execute();
}
