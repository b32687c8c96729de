import type { Kysely } from "kysely";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Permission } from "../../contract/roles.ts";
import type { NamespaceId, NamespaceName } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { removeInvitationsWithRole } from "../invitation-endings-store.ts";
import type { CustomRoleId, MemberRole, OrganizationTables } from "../tables.ts";
import { BUILT_IN, closeOver } from "./permissions.ts";

type Db = Kysely<OrganizationTables>;

/** What a member of an organization can be. */
export interface Role {
  readonly name: string;
  readonly description: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Undefined for those that every organization has. */
  readonly id: CustomRoleId | undefined;
  /** Owners may also what no set of permissions holds. */
  readonly isOwner: boolean;
}

export function builtInRole(name: MemberRole): Role {
  const { description, permissions } = BUILT_IN[name];
  return {
    name,
    description,
    permissions: new Set(permissions),
    id: undefined,
    isOwner: name === "owner",
  };
}

/** By its name: one of the organization's own, or one that all have. */
export async function findRole(
  db: Db,
  organization: NamespaceId,
  name: string,
): Promise<Role | undefined> {
  if (isBuiltIn(name)) return builtInRole(name);
  const row = await db
    .selectFrom("custom_roles")
    .selectAll()
    .where("organization_id", "=", organization)
    .where("name", "=", name)
    .executeTakeFirst();
  return row && toRole(row);
}

/** Throws NOT_FOUND. */
export async function getRole(
  db: Db,
  organization: { readonly id: NamespaceId; readonly name: NamespaceName },
  name: string,
): Promise<Role> {
  const role = await findRole(db, organization.id, name);
  if (role !== undefined) return role;
  const detail = `${organization.name} has no role "${name}"`;
  throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
}

export async function listCustomRoles(db: Db, organization: NamespaceId): Promise<readonly Role[]> {
  const rows = await db
    .selectFrom("custom_roles")
    .selectAll()
    .where("organization_id", "=", organization)
    .orderBy("name")
    .execute();
  return rows.map(toRole);
}

/** How many members hold each role; a role that nobody holds is left out. */
export async function countHolders(
  db: Db,
  organization: NamespaceId,
): Promise<ReadonlyMap<string | CustomRoleId, number>> {
  const rows = await db
    .selectFrom("members")
    .select(["role", "custom_role_id"])
    .select((count) => count.fn.countAll<number>().as("holders"))
    .where("organization_id", "=", organization)
    .groupBy(["role", "custom_role_id"])
    .execute();
  return new Map(rows.map((row) => [row.custom_role_id ?? row.role, Number(row.holders)]));
}

export async function insertRole(
  trx: Db,
  role: Pick<Role, "name" | "description" | "permissions"> & {
    readonly organization: NamespaceId;
    readonly now: Date;
  },
): Promise<void> {
  const { organization, name, description, permissions, now } = role;
  await trx
    .insertInto("custom_roles")
    .values({
      organization_id: organization,
      name,
      description,
      permissions: JSON.stringify([...permissions]),
      created_at: now.getTime(),
    })
    .execute();
}

export async function updateRole(
  trx: Db,
  id: CustomRoleId,
  change: Pick<Role, "name" | "description" | "permissions">,
): Promise<void> {
  const { name, description, permissions } = change;
  await trx
    .updateTable("custom_roles")
    .set({ name, description, permissions: JSON.stringify([...permissions]) })
    .where("id", "=", id)
    .execute();
}

/** With the invitations that promise it. */
export async function removeRole(trx: Db, id: CustomRoleId): Promise<void> {
  await removeInvitationsWithRole(trx, id);
  await trx.deleteFrom("custom_roles").where("id", "=", id).execute();
}

/** Whether the text is the name of a role that every organization has. */
export function isBuiltIn(name: string): name is MemberRole {
  return Object.hasOwn(BUILT_IN, name);
}

/** Of a row of `members`, with the role's own columns beside it where it has one. */
export function roleOfMember(row: {
  role: MemberRole;
  id: CustomRoleId | null;
  name: string | null;
  description: string | null;
  permissions: string | null;
}): Role {
  const { role, id, name, description, permissions } = row;
  if (id === null) return builtInRole(role);
  return toRole({
    id,
    name: name ?? "",
    description: description ?? "",
    permissions: permissions ?? "[]",
  });
}

function toRole(row: {
  id: CustomRoleId;
  name: string;
  description: string;
  permissions: string;
}): Role {
  const { id, name, description, permissions } = row;
  const held = closeOver(JSON.parse(permissions) as Permission[]);
  return { id, name, description, permissions: held, isOwner: false };
}
