import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import {
  removeInvitationsBy,
  removeInvitationsOf,
  removeInvitationsTo,
} from "./invitation-endings-store.ts";
import { type Role, roleOfMember } from "./roles/custom-roles-store.ts";
import type {
  CustomRoleId,
  MemberRole,
  OrganizationTables,
  SubjectKind,
  TeamId,
} from "./tables.ts";

type Db = Kysely<OrganizationTables>;

export interface Organization {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
  readonly fullName: string;
  readonly createdAt: Date;
}

export interface Member {
  readonly accountId: NamespaceId;
  readonly name: NamespaceName;
  readonly email: string | undefined;
  readonly role: Role;
  readonly joinedAt: Date;
}

interface Page {
  readonly last: string | undefined;
  readonly limit: number;
}

export async function findOrganization(
  db: Db,
  name: NamespaceName,
): Promise<Organization | undefined> {
  const row = await db
    .selectFrom("organizations")
    .innerJoin("namespaces", "namespaces.id", "organizations.id")
    .select(["organizations.id", "namespaces.name", "full_name", "organizations.created_at"])
    .where("namespaces.name", "=", name)
    .where("namespaces.released_at", "is", null)
    .executeTakeFirst();
  return row && toOrganization(row);
}

/** Of one account, or all; in the order of names. */
export async function listOrganizations(
  db: Db,
  page: Page & { readonly of: NamespaceId | undefined },
): Promise<readonly Organization[]> {
  const { of } = page;
  const rows = await db
    .selectFrom("organizations")
    .innerJoin("namespaces", "namespaces.id", "organizations.id")
    .select(["organizations.id", "namespaces.name", "full_name", "organizations.created_at"])
    .where("namespaces.released_at", "is", null)
    .where("namespaces.name", ">", (page.last ?? "") as NamespaceName)
    .$if(of !== undefined, (query) =>
      query
        .innerJoin("members", "members.organization_id", "organizations.id")
        .where("members.account_id", "=", of as NamespaceId),
    )
    .orderBy("namespaces.name")
    .limit(page.limit)
    .execute();
  return rows.map(toOrganization);
}

export async function insertOrganization(
  trx: Db,
  organization: { id: NamespaceId; fullName: string; now: Date },
): Promise<void> {
  const { id, fullName, now } = organization;
  await trx
    .insertInto("organizations")
    .values({ id, full_name: fullName, created_at: now.getTime() })
    .execute();
}

/** With its people, invitations, teams, rights and machines. */
export async function removeOrganization(trx: Db, id: NamespaceId): Promise<void> {
  const teams = trx.selectFrom("teams").select("id").where("organization_id", "=", id);
  const machines = trx.selectFrom("machines").select("id").where("organization_id", "=", id);
  await trx.deleteFrom("team_members").where("team_id", "in", teams).execute();
  await trx.deleteFrom("teams").where("organization_id", "=", id).execute();
  await trx.deleteFrom("machine_secrets").where("machine_id", "in", machines).execute();
  await trx.deleteFrom("machines").where("organization_id", "=", id).execute();
  await removeRightsIn(trx, id);
  await removeInvitationsTo(trx, id);
  await trx.deleteFrom("custom_roles").where("organization_id", "=", id).execute();
  await trx.deleteFrom("members").where("organization_id", "=", id).execute();
  await trx.deleteFrom("organizations").where("id", "=", id).execute();
}

const MEMBER = [
  "members.account_id",
  "accounts.name",
  "accounts.email",
  "members.role",
  "members.created_at",
  "custom_roles.id as role_id",
  "custom_roles.name as role_name",
  "custom_roles.description as role_description",
  "custom_roles.permissions as role_permissions",
] as const;

export async function findMember(
  db: Db,
  organization: NamespaceId,
  account: NamespaceId,
): Promise<Member | undefined> {
  const row = await db
    .selectFrom("members")
    .innerJoin("accounts", "accounts.id", "members.account_id")
    .leftJoin("custom_roles", "custom_roles.id", "members.custom_role_id")
    .select(MEMBER)
    .where("members.organization_id", "=", organization)
    .where("members.account_id", "=", account)
    .executeTakeFirst();
  return row && toMember(row);
}

export async function listMembers(
  db: Db,
  organization: NamespaceId,
  page: Page,
): Promise<readonly Member[]> {
  const rows = await db
    .selectFrom("members")
    .innerJoin("accounts", "accounts.id", "members.account_id")
    .leftJoin("custom_roles", "custom_roles.id", "members.custom_role_id")
    .select(MEMBER)
    .where("members.organization_id", "=", organization)
    .where("accounts.name", ">", (page.last ?? "") as NamespaceName)
    .orderBy("accounts.name")
    .limit(page.limit)
    .execute();
  return rows.map(toMember);
}

/** The first few, in the order of their names; those who can log in. */
export async function listOwnerNames(
  db: Db,
  organization: NamespaceId,
  limit: number,
): Promise<readonly NamespaceName[]> {
  const rows = await db
    .selectFrom("members")
    .innerJoin("accounts", "accounts.id", "members.account_id")
    .select("accounts.name")
    .where("members.organization_id", "=", organization)
    .where("members.role", "=", "owner")
    .where("accounts.disabled_at", "is", null)
    .orderBy("accounts.name")
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
}

export async function countOwners(db: Db, organization: NamespaceId): Promise<number> {
  const rows = await db
    .selectFrom("members")
    .select("account_id")
    .where("organization_id", "=", organization)
    .where("role", "=", "owner")
    .execute();
  return rows.length;
}

/** Adds the member, or gives them another role. */
export async function putMember(
  trx: Db,
  member: {
    organization: NamespaceId;
    account: NamespaceId;
    role: Pick<Role, "id" | "name">;
    now: Date;
  },
): Promise<void> {
  const { organization, account, role, now } = member;
  const held = {
    role: role.id === undefined ? (role.name as MemberRole) : ("member" as const),
    custom_role_id: role.id ?? null,
  };
  await trx
    .insertInto("members")
    .values({
      organization_id: organization,
      account_id: account,
      ...held,
      created_at: now.getTime(),
    })
    .onConflict((conflict) => conflict.columns(["organization_id", "account_id"]).doUpdateSet(held))
    .execute();
}

/** Also from its teams, with invitations to them and by them. Rights given to the person by name stay: those are of collaborators. */
export async function removeMember(
  trx: Db,
  organization: NamespaceId,
  account: NamespaceId,
): Promise<void> {
  await removeInvitationsOf(trx, account, organization);
  await removeInvitationsBy(trx, account, organization);
  const teams = trx.selectFrom("teams").select("id").where("organization_id", "=", organization);
  await trx
    .deleteFrom("team_members")
    .where("account_id", "=", account)
    .where("team_id", "in", teams)
    .execute();
  await trx
    .deleteFrom("members")
    .where("organization_id", "=", organization)
    .where("account_id", "=", account)
    .execute();
}

function toOrganization(row: {
  id: NamespaceId;
  name: NamespaceName;
  full_name: string;
  created_at: number;
}): Organization {
  const { id, name, full_name: fullName, created_at } = row;
  return { id, name, fullName, createdAt: new Date(created_at) };
}

function toMember(row: {
  account_id: NamespaceId;
  name: NamespaceName;
  email: string | null;
  role: MemberRole;
  created_at: number;
  role_id: CustomRoleId | null;
  role_name: string | null;
  role_description: string | null;
  role_permissions: string | null;
}): Member {
  const { account_id: accountId, name, email, created_at } = row;
  const role = roleOfMember({
    role: row.role,
    id: row.role_id,
    name: row.role_name,
    description: row.role_description,
    permissions: row.role_permissions,
  });
  return { accountId, name, email: email ?? undefined, role, joinedAt: new Date(created_at) };
}

/** Everything that an account was given anywhere or gave in its own namespace, when the account goes. */
export async function removeStandings(trx: Db, account: NamespaceId): Promise<void> {
  await removeInvitationsOf(trx, account);
  await removeInvitationsBy(trx, account);
  await trx.deleteFrom("team_members").where("account_id", "=", account).execute();
  await trx.deleteFrom("members").where("account_id", "=", account).execute();
  await removeRightsFor(trx, { kind: "account", id: account });
  await removeRightsIn(trx, account);
}

/** What was given in a namespace, to repositories that are there and to those to come. */
async function removeRightsIn(trx: Db, namespace: NamespaceId): Promise<void> {
  await trx.deleteFrom("rights").where("namespace_id", "=", namespace).execute();
  await trx.deleteFrom("default_rights").where("namespace_id", "=", namespace).execute();
}

/** What was given to an account or a team, which goes. */
export async function removeRightsFor(
  trx: Db,
  subject: { readonly kind: SubjectKind; readonly id: NamespaceId | TeamId },
): Promise<void> {
  for (const table of ["rights", "default_rights"] as const) {
    await trx
      .deleteFrom(table)
      .where("subject_kind", "=", subject.kind)
      .where("subject_id", "=", subject.id)
      .execute();
  }
}
