import type { Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { RuleScope } from "./rules.ts";

type Db = Kysely<LifecycleTables>;

/** Leave to move or delete one tag that is immutable. */
export interface TagOverride {
  readonly id: string;
  readonly repositoryId: RepositoryId;
  readonly tag: Tag;
  readonly reason: string;
  /** Good for one move or deletion; otherwise until it expires. */
  readonly once: boolean;
  readonly askedBy: Asker;
  readonly askedAt: Date;
  readonly approvedBy: Asker | undefined;
  readonly approvedAt: Date | undefined;
  readonly expiresAt: Date;
  /** When it was used up. */
  readonly usedAt: Date | undefined;
}

interface Asker {
  readonly id: NamespaceId;
  /** Empty for who is not there any more. */
  readonly name: string;
}

interface Place {
  readonly repository: RepositoryId;
  readonly tag: Tag;
  readonly now: Date;
}

/** Whether somebody may move or delete the tag because two people said so. */
export async function hasOverride(db: Db, place: Place): Promise<boolean> {
  return (await findGood(db, place)) !== undefined;
}

/** The same, and uses up what is good for once. Answers what lifts the rule. */
export async function takeOverride(trx: Db, place: Place): Promise<TagOverride | undefined> {
  const found = await findGood(trx, place);
  if (found === undefined) return undefined;
  if (found.once === 1) {
    await trx
      .updateTable("tag_overrides")
      .set({ ended_at: place.now.getTime() })
      .where("id", "=", found.id)
      .execute();
  }
  return await findOverride(trx, found.id);
}

async function findGood(db: Db, { repository, tag, now }: Place) {
  return await db
    .selectFrom("tag_overrides")
    .select(["id", "once"])
    .where("repository_id", "=", repository)
    .where("tag", "=", tag)
    .where("expires_at", ">", now.getTime())
    .where("approved_by", "is not", null)
    .where("ended_at", "is", null)
    // What lasts is taken before what is used up.
    .orderBy("once")
    .limit(1)
    .executeTakeFirst();
}

export async function insertOverride(
  trx: Db,
  wish: Pick<TagOverride, "id" | "repositoryId" | "tag" | "reason" | "once" | "expiresAt"> & {
    readonly askedBy: NamespaceId;
    readonly now: Date;
  },
): Promise<void> {
  await trx
    .insertInto("tag_overrides")
    .values({
      id: wish.id,
      repository_id: wish.repositoryId,
      tag: wish.tag,
      reason: wish.reason,
      once: wish.once ? 1 : 0,
      asked_by: wish.askedBy,
      asked_at: wish.now.getTime(),
      approved_by: null,
      approved_at: null,
      expires_at: wish.expiresAt.getTime(),
      ended_at: null,
    })
    .execute();
}

export async function approveOverride(
  trx: Db,
  id: string,
  { by, now }: { readonly by: NamespaceId; readonly now: Date },
): Promise<void> {
  await trx
    .updateTable("tag_overrides")
    .set({ approved_by: by, approved_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function removeOverride(trx: Db, id: string): Promise<void> {
  await trx.deleteFrom("tag_overrides").where("id", "=", id).execute();
}

/** What the former owner of a repository allowed. */
export async function removeOverridesOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("tag_overrides").where("repository_id", "=", repository).execute();
}

/** Whoever says something new about immutable tags did not approve what is there already. */
export async function removeOverridesBelow(trx: Db, scope: RuleScope): Promise<void> {
  const all = trx.deleteFrom("tag_overrides").where("ended_at", "is", null);
  switch (scope.kind) {
    case "hub":
      await all.execute();
      return;
    case "namespace":
      await all
        .where("repository_id", "in", (those) =>
          those
            .selectFrom("repositories")
            .select("repositories.id")
            .where("namespace_id", "=", scope.id),
        )
        .execute();
      return;
    case "repository":
      await all.where("repository_id", "=", scope.id).execute();
  }
}

export async function findOverride(db: Db, id: string): Promise<TagOverride | undefined> {
  const row = await selectOverrides(db).where("tag_overrides.id", "=", id).executeTakeFirst();
  return row && toOverride(row);
}

/** Of a repository, those that nobody used and that did not expire. A bounded number. */
export async function listOverrides(
  db: Db,
  repository: RepositoryId,
  now: Date,
): Promise<readonly TagOverride[]> {
  const rows = await selectOverrides(db)
    .where("repository_id", "=", repository)
    .where("expires_at", ">", now.getTime())
    .where("ended_at", "is", null)
    .orderBy("asked_at")
    .execute();
  return rows.map(toOverride);
}

function selectOverrides(db: Db) {
  return db
    .selectFrom("tag_overrides")
    .leftJoin("namespaces as askers", "askers.id", "tag_overrides.asked_by")
    .leftJoin("namespaces as approvers", "approvers.id", "tag_overrides.approved_by")
    .selectAll("tag_overrides")
    .select(["askers.name as asker", "approvers.name as approver"]);
}

function toOverride(
  row: Selectable<LifecycleTables["tag_overrides"]> & {
    readonly asker: string | null;
    readonly approver: string | null;
  },
): TagOverride {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    tag: row.tag,
    reason: row.reason,
    once: row.once === 1,
    askedBy: { id: row.asked_by, name: row.asker ?? "" },
    askedAt: new Date(row.asked_at),
    approvedBy:
      row.approved_by === null ? undefined : { id: row.approved_by, name: row.approver ?? "" },
    approvedAt: row.approved_at === null ? undefined : new Date(row.approved_at),
    expiresAt: new Date(row.expires_at),
    usedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
  };
}
