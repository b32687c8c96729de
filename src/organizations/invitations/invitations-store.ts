import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../../namespaces/index.ts";
import type { MailId } from "../../platform/mail/index.ts";
import { type Role, roleOfMember } from "../roles/custom-roles-store.ts";
import type { CustomRoleId, MemberRole, OrganizationTables, TeamId } from "../tables.ts";

type Db = Kysely<OrganizationTables>;

interface Named {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
}

/** Who is invited. */
export type Invitee =
  | { readonly kind: "account"; readonly account: Named }
  | { readonly kind: "address"; readonly email: string };

export interface InvitedTeam {
  readonly id: TeamId;
  readonly name: string;
}

/** To an organization. */
export interface OrganizationInvitation {
  readonly id: string;
  readonly organization: Named;
  readonly invitee: Invitee;
  readonly role: Role;
  readonly teams: readonly InvitedTeam[];
  /** Whose right to give this it stands on. */
  readonly inviter: Named;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Of the letter that went out with it; without one its link was handed over, or there is none. */
  readonly mailId: MailId | undefined;
}

interface Page {
  readonly last: string | undefined;
  readonly limit: number;
}

export async function insertOrganizationInvitation(
  trx: Db,
  invitation: OrganizationInvitation,
): Promise<void> {
  const { id, organization, invitee, role, teams, inviter, mailId } = invitation;
  const { createdAt, expiresAt } = invitation;
  await trx
    .insertInto("organization_invitations")
    .values({
      id,
      organization_id: organization.id,
      account_id: invitee.kind === "account" ? invitee.account.id : null,
      email: invitee.kind === "address" ? invitee.email : null,
      role: role.id === undefined ? (role.name as MemberRole) : "member",
      custom_role_id: role.id ?? null,
      invited_by: inviter.id,
      created_at: createdAt.getTime(),
      expires_at: expiresAt.getTime(),
      mail_id: mailId ?? null,
    })
    .execute();
  if (teams.length === 0) return;
  const rows = teams.map((team) => ({ invitation_id: id, team_id: team.id }));
  await trx.insertInto("organization_invitation_teams").values(rows).execute();
}

/** Sent again, by whoever stands for it from now on. */
export async function renewOrganizationInvitation(
  trx: Db,
  { id, inviter, expiresAt, mailId }: OrganizationInvitation,
): Promise<void> {
  await trx
    .updateTable("organization_invitations")
    .set({ invited_by: inviter.id, expires_at: expiresAt.getTime(), mail_id: mailId ?? null })
    .where("id", "=", id)
    .execute();
}

export async function findOrganizationInvitation(
  db: Db,
  id: string,
): Promise<OrganizationInvitation | undefined> {
  const rows = await selectInvitations(db).where("organization_invitations.id", "=", id).execute();
  return (await toInvitations(db, rows))[0];
}

/** The one that stands between the organization and the invitee, also when its time is over. */
export async function findInvitationFor(
  db: Db,
  organization: NamespaceId,
  invitee: Invitee,
): Promise<OrganizationInvitation | undefined> {
  const ofOrganization = selectInvitations(db).where(
    "organization_invitations.organization_id",
    "=",
    organization,
  );
  const found =
    invitee.kind === "account"
      ? ofOrganization.where("organization_invitations.account_id", "=", invitee.account.id)
      : ofOrganization.where("organization_invitations.email", "=", invitee.email);
  return (await toInvitations(db, await found.execute()))[0];
}

/** One page in the order of ids; those that end after `endingAfter`, or all. */
export async function listOrganizationInvitations(
  db: Db,
  organization: NamespaceId,
  page: Page & { readonly endingAfter?: Date },
): Promise<readonly OrganizationInvitation[]> {
  const { last = "", limit, endingAfter } = page;
  const found = selectInvitations(db)
    .where("organization_invitations.organization_id", "=", organization)
    .where("organization_invitations.id", ">", last)
    .where("organization_invitations.expires_at", ">", endingAfter?.getTime() ?? 0)
    .orderBy("organization_invitations.id")
    .limit(limit);
  return await toInvitations(db, await found.execute());
}

/** What somebody can accept: what names their account, and what names their address if it is known to be theirs. */
export async function listInvitationsFor(
  db: Db,
  account: { readonly id: NamespaceId; readonly email: string | undefined },
  page: Page & { readonly endingAfter: Date },
): Promise<readonly OrganizationInvitation[]> {
  const { last = "", limit, endingAfter } = page;
  const found = selectInvitations(db)
    .where((is) =>
      is.or([
        is("organization_invitations.account_id", "=", account.id),
        ...(account.email === undefined
          ? []
          : [is("organization_invitations.email", "=", account.email.toLowerCase())]),
      ]),
    )
    .where("organization_invitations.id", ">", last)
    .where("organization_invitations.expires_at", ">", endingAfter.getTime())
    .orderBy("organization_invitations.id")
    .limit(limit);
  return await toInvitations(db, await found.execute());
}

export async function countInvitationsTo(
  db: Db,
  organization: NamespaceId,
  endingAfter: Date,
): Promise<number> {
  const row = await db
    .selectFrom("organization_invitations")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("organization_id", "=", organization)
    .where("expires_at", ">", endingAfter.getTime())
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

function selectInvitations(db: Db) {
  return db
    .selectFrom("organization_invitations")
    .innerJoin("namespaces", "namespaces.id", "organization_invitations.organization_id")
    .innerJoin("accounts as inviters", "inviters.id", "organization_invitations.invited_by")
    .leftJoin("accounts as invitees", "invitees.id", "organization_invitations.account_id")
    .leftJoin("custom_roles", "custom_roles.id", "organization_invitations.custom_role_id")
    .select([
      "organization_invitations.id",
      "organization_invitations.organization_id",
      "namespaces.name as organization_name",
      "organization_invitations.account_id",
      "invitees.name as account_name",
      "organization_invitations.email",
      "organization_invitations.role",
      "custom_roles.id as role_id",
      "custom_roles.name as role_name",
      "custom_roles.description as role_description",
      "custom_roles.permissions as role_permissions",
      "organization_invitations.invited_by",
      "inviters.name as inviter_name",
      "organization_invitations.created_at",
      "organization_invitations.expires_at",
      "organization_invitations.mail_id",
    ]);
}

interface InvitationRow {
  id: string;
  organization_id: NamespaceId;
  organization_name: NamespaceName;
  account_id: NamespaceId | null;
  account_name: NamespaceName | null;
  email: string | null;
  role: MemberRole;
  role_id: CustomRoleId | null;
  role_name: string | null;
  role_description: string | null;
  role_permissions: string | null;
  invited_by: NamespaceId;
  inviter_name: NamespaceName;
  created_at: number;
  expires_at: number;
  mail_id: MailId | null;
}

async function toInvitations(
  db: Db,
  rows: readonly InvitationRow[],
): Promise<readonly OrganizationInvitation[]> {
  const teams = await listInvitedTeams(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: row.id,
    organization: { id: row.organization_id, name: row.organization_name },
    invitee: toInvitee(row),
    role: roleOfMember({
      role: row.role,
      id: row.role_id,
      name: row.role_name,
      description: row.role_description,
      permissions: row.role_permissions,
    }),
    teams: teams.get(row.id) ?? [],
    inviter: { id: row.invited_by, name: row.inviter_name },
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    mailId: row.mail_id ?? undefined,
  }));
}

function toInvitee({ account_id: id, account_name: name, email }: InvitationRow): Invitee {
  if (id !== null && name !== null) return { kind: "account", account: { id, name } };
  return { kind: "address", email: email ?? "" };
}

async function listInvitedTeams(
  db: Db,
  invitations: readonly string[],
): Promise<ReadonlyMap<string, readonly InvitedTeam[]>> {
  const teams = new Map<string, InvitedTeam[]>();
  if (invitations.length === 0) return teams;
  const rows = await db
    .selectFrom("organization_invitation_teams")
    .innerJoin("teams", "teams.id", "organization_invitation_teams.team_id")
    .select(["organization_invitation_teams.invitation_id", "teams.id", "teams.name"])
    .where("organization_invitation_teams.invitation_id", "in", invitations)
    .orderBy("teams.name")
    .execute();
  for (const { invitation_id: key, id, name } of rows)
    teams.set(key, [...(teams.get(key) ?? []), { id, name }]);
  return teams;
}
