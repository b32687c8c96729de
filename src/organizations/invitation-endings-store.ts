import type { Kysely } from "kysely";
import { removeLinks } from "../accounts/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { CustomRoleId, OrganizationTables, TeamId } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

/** Of the one-time links that stand for an invitation to an organization; their subject is its id. */
export const INVITATION_LINK = "organization-invitation";

/** A statement has so many parameters at most. */
const AT_ONCE = 500;

/** With the links that were sent for them. Answers how many there were: of two who end one at the same time, one does. */
export async function removeInvitations(trx: Db, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  await trx.deleteFrom("organization_invitation_teams").where("invitation_id", "in", ids).execute();
  for (const subject of ids) await removeLinks(trx, { purpose: INVITATION_LINK, subject });
  const ended = await trx
    .deleteFrom("organization_invitations")
    .where("id", "in", ids)
    .returning("id")
    .execute();
  return ended.length;
}

export async function removeInvitationsTo(trx: Db, organization: NamespaceId): Promise<void> {
  await removeFound(trx, selectIds(trx).where("organization_id", "=", organization));
}

/** What was promised cannot be given in full any more. */
export async function removeInvitationsWithTeam(trx: Db, team: TeamId): Promise<void> {
  const named = trx
    .selectFrom("organization_invitation_teams")
    .select("invitation_id")
    .where("team_id", "=", team);
  await removeFound(trx, selectIds(trx).where("id", "in", named));
}

export async function removeInvitationsWithRole(trx: Db, role: CustomRoleId): Promise<void> {
  await removeFound(trx, selectIds(trx).where("custom_role_id", "=", role));
}

/** Those that ended before `before`. */
export async function removeOldInvitations(trx: Db, before: Date): Promise<void> {
  await removeFound(trx, selectIds(trx).where("expires_at", "<", before.getTime()));
}

/** Whoever came in by one of them needs no other; whoever went must not come back by one that was left over. */
export async function removeInvitationsOf(
  trx: Db,
  account: NamespaceId,
  organization?: NamespaceId,
): Promise<void> {
  const address = trx
    .selectFrom("accounts")
    .select((row) => row.fn<string>("lower", ["email"]).as("address"))
    .where("id", "=", account)
    .where("email_confirmed_at", "is not", null);
  const found = selectIds(trx).where((is) =>
    is.or([is("account_id", "=", account), is("email", "in", address)]),
  );
  await removeFound(trx, within(found, organization));
}

/** They are worth what who gave them holds, and that is nothing any more. */
export async function removeInvitationsBy(
  trx: Db,
  account: NamespaceId,
  organization?: NamespaceId,
): Promise<void> {
  await removeFound(trx, within(selectIds(trx).where("invited_by", "=", account), organization));
}

function selectIds(trx: Db) {
  return trx.selectFrom("organization_invitations").select("id");
}

type Selection = ReturnType<typeof selectIds>;

function within(found: Selection, organization: NamespaceId | undefined): Selection {
  return organization === undefined ? found : found.where("organization_id", "=", organization);
}

async function removeFound(trx: Db, found: Selection): Promise<void> {
  const ids = (await found.execute()).map(({ id }) => id);
  for (let at = 0; at < ids.length; at += AT_ONCE)
    await removeInvitations(trx, ids.slice(at, at + AT_ONCE));
}
