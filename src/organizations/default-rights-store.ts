import type { Kysely } from "kysely";
import type { RepositoryAction } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { RightSubject } from "./rights-store.ts";
import type { OrganizationTables, Right } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

/** What a subject is given in each repository to come. */
export interface DefaultRight extends Omit<Right, "pattern"> {
  readonly subject: RightSubject & { readonly name: string };
}

/** A bounded number, see `DefaultRights`. */
export async function listDefaultRights(
  db: Db,
  namespace: NamespaceId,
): Promise<readonly DefaultRight[]> {
  const rows = await db
    .selectFrom("default_rights")
    .leftJoin("accounts", (join) =>
      join.onRef("accounts.id", "=", "subject_id").on("subject_kind", "=", "account"),
    )
    .leftJoin("teams", (join) =>
      join.onRef("teams.id", "=", "subject_id").on("subject_kind", "=", "team"),
    )
    .selectAll("default_rights")
    .select(["accounts.name as account_name", "teams.name as team_name"])
    .where("namespace_id", "=", namespace)
    .orderBy("subject_kind")
    .orderBy("subject_id")
    .execute();
  return rows.map((row) => ({
    subject: {
      kind: row.subject_kind,
      id: row.subject_id,
      name: row.account_name ?? row.team_name ?? "",
    },
    actions: JSON.parse(row.actions) as RepositoryAction[],
    tags: row.tags ?? undefined,
    createOnly: row.create_only === 1,
  }));
}

/** Replaces what the subject was to be given before. */
export async function putDefaultRight(
  trx: Db,
  right: { namespace: NamespaceId; subject: RightSubject; now: Date } & Omit<Right, "pattern">,
): Promise<void> {
  const { namespace, subject, actions, tags, createOnly, now } = right;
  const what = {
    actions: JSON.stringify(actions),
    tags: tags ?? null,
    create_only: createOnly ? (1 as const) : (0 as const),
  };
  await trx
    .insertInto("default_rights")
    .values({
      namespace_id: namespace,
      subject_kind: subject.kind,
      subject_id: subject.id,
      ...what,
      created_at: now.getTime(),
    })
    .onConflict((conflict) =>
      conflict.columns(["namespace_id", "subject_kind", "subject_id"]).doUpdateSet(what),
    )
    .execute();
}

/** False if there was none. */
export async function removeDefaultRight(
  trx: Db,
  right: { namespace: NamespaceId; subject: RightSubject },
): Promise<boolean> {
  const result = await trx
    .deleteFrom("default_rights")
    .where("namespace_id", "=", right.namespace)
    .where("subject_kind", "=", right.subject.kind)
    .where("subject_id", "=", right.subject.id)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

/**
 * Gives a repository that has come into a namespace just now what that gives to new ones, as rights like any others. In the
 * transaction that makes or moves it: one statement, and none for a push to what is there.
 */
export async function giveDefaultRights(
  trx: Db,
  made: { readonly id: RepositoryId; readonly now: Date },
): Promise<void> {
  await trx
    .insertInto("rights")
    .columns([
      "namespace_id",
      "subject_kind",
      "subject_id",
      "repository_id",
      "pattern",
      "actions",
      "tags",
      "create_only",
      "created_at",
    ])
    .expression((from) =>
      from
        .selectFrom("repositories")
        .innerJoin("default_rights", "default_rights.namespace_id", "repositories.namespace_id")
        .select((row) => [
          "default_rights.namespace_id",
          "default_rights.subject_kind",
          "default_rights.subject_id",
          "repositories.id",
          row.val("").as("pattern"),
          "default_rights.actions",
          "default_rights.tags",
          "default_rights.create_only",
          row.val(made.now.getTime()).as("created_at"),
        ])
        .where("repositories.id", "=", made.id),
    )
    .execute();
}
