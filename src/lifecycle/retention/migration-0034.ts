import { type Kysely, sql } from "kysely";

/**
 * What the schedule found where nothing was to be removed, so that it looks there again only once something has changed or
 * an age has passed. Triggers forget it with whatever a decision hangs on: no caller can omit that.
 */
export async function createSurveyMemory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("retention_surveys")
    .addColumn("repository_id", "integer", (column) =>
      column.primaryKey().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("policy_id", "integer", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("surveyed_at", "bigint", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("has_held", "integer", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("retention_surveys_held")
    .on("retention_surveys")
    .columns(["repository_id"])
    .where(sql.ref("has_held"), "=", 1)
    .execute();
  await db.schema
    .alterTable("retention_runs")
    .addColumn("unchanged", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
  for (const trigger of TRIGGERS) await sql.raw(trigger).execute(db);
}

const forget = (repository: string) =>
  `delete from retention_surveys where repository_id = ${repository};`;

function trigger(name: string, event: string, statement: string): string {
  return `create trigger ${name} after ${event} begin\n${statement}\nend`;
}

const isReleasedManifest = (row: string) => `${row}.kind = 'manifest' and ${row}.is_released = 1`;
const RULES_CHANGED = "delete from retention_surveys where has_held = 1;";

const TRIGGERS: readonly string[] = [
  trigger("survey_new_tag", "insert on tags", forget("new.repository_id")),
  trigger("survey_moved_tag", "update on tags", forget("new.repository_id")),
  trigger("survey_gone_tag", "delete on tags", forget("old.repository_id")),
  trigger("survey_new_manifest", "insert on manifests", forget("new.repository_id")),
  trigger("survey_changed_manifest", "update on manifests", forget("new.repository_id")),
  trigger("survey_gone_manifest", "delete on manifests", forget("old.repository_id")),
  // What an earlier removal let go, and what was held on to again.
  trigger(
    "survey_let_go",
    `insert on collection_queue when ${isReleasedManifest("new")}`,
    forget("new.repository_id"),
  ),
  trigger(
    "survey_held_again",
    "update of is_released on collection_queue when new.is_released <> old.is_released",
    forget("new.repository_id"),
  ),
  trigger(
    "survey_collected",
    `delete on collection_queue when ${isReleasedManifest("old")}`,
    forget("old.repository_id"),
  ),
  trigger("survey_new_rule", "insert on tag_rules", RULES_CHANGED),
  trigger("survey_changed_rule", "update on tag_rules", RULES_CHANGED),
  trigger("survey_gone_rule", "delete on tag_rules", RULES_CHANGED),
  // Other rules hold in another namespace.
  trigger("survey_moved_repository", "update of namespace_id on repositories", forget("new.id")),
];
