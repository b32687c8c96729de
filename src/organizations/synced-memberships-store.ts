import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import type { OrganizationTables, TeamId } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

interface Key {
  readonly account: NamespaceId;
  /** The identity that brought it. */
  readonly source: string;
}

export interface SyncedTeam {
  readonly id: TeamId;
  readonly name: string;
  readonly organization: NamespaceName;
}

export interface SyncedOrganization {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
}

export async function listSyncedTeams(db: Db, key: Key): Promise<readonly SyncedTeam[]> {
  return await db
    .selectFrom("team_members")
    .innerJoin("teams", "teams.id", "team_members.team_id")
    .innerJoin("namespaces", "namespaces.id", "teams.organization_id")
    .select(["teams.id", "teams.name", "namespaces.name as organization"])
    .where("team_members.account_id", "=", key.account)
    .where("team_members.synced_by", "=", key.source)
    .execute();
}

/** Nothing happens for somebody who is in it already, by whatever way. */
export async function addSyncedTeam(trx: Db, team: TeamId, key: Key): Promise<boolean> {
  const added = await trx
    .insertInto("team_members")
    .values({ team_id: team, account_id: key.account, synced_by: key.source })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(added.numInsertedOrUpdatedRows ?? 0) > 0;
}

export async function addSyncedMember(
  trx: Db,
  organization: NamespaceId,
  { account, source, now }: Key & { readonly now: Date },
): Promise<boolean> {
  const added = await trx
    .insertInto("members")
    .values({
      organization_id: organization,
      account_id: account,
      role: "member",
      custom_role_id: null,
      created_at: now.getTime(),
      synced_by: source,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(added.numInsertedOrUpdatedRows ?? 0) > 0;
}

/**
 * Organizations that somebody is in by this source alone: nobody gave them another role there since, and they are in none of
 * its teams.
 */
export async function listIdleMemberships(
  db: Db,
  key: Key,
): Promise<readonly SyncedOrganization[]> {
  return await db
    .selectFrom("members")
    .innerJoin("namespaces", "namespaces.id", "members.organization_id")
    .select(["namespaces.id", "namespaces.name"])
    .where("members.account_id", "=", key.account)
    .where("members.synced_by", "=", key.source)
    .where("members.role", "=", "member")
    .where("members.custom_role_id", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("team_members")
            .innerJoin("teams", "teams.id", "team_members.team_id")
            .select("teams.id")
            .where("team_members.account_id", "=", key.account)
            .whereRef("teams.organization_id", "=", "members.organization_id"),
        ),
      ),
    )
    .execute();
}
