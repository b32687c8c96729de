import type { Kysely } from "kysely";
import type { Principal } from "../access/index.ts";
import { findNamespace, type NamespaceId, type NamespaceName } from "../namespaces/index.ts";
import { findRole } from "./roles/custom-roles-store.ts";
import { findMemberRole } from "./standings-store.ts";
import type { CustomRoleId, MachineId, MemberRole, OrganizationTables, TeamId } from "./tables.ts";
import { findTeam } from "./teams-store.ts";

type Db = Kysely<OrganizationTables>;

/** Somebody, or a kind of people, by what stays when they get another name. */
export type TagHolder =
  | { readonly kind: "account"; readonly id: NamespaceId }
  | { readonly kind: "team"; readonly id: TeamId }
  | { readonly kind: "machine"; readonly id: MachineId }
  | { readonly kind: "custom role"; readonly id: CustomRoleId }
  | { readonly kind: "role"; readonly role: MemberRole }
  | { readonly kind: "administrators" };

/** Each holds what those after it do. */
const ROLES: readonly MemberRole[] = ["owner", "contributor", "member"];

/**
 * Who is meant by `alice`, `team:release`, `robot:ci`, `token:ci`, `role:owner` or `administrators`; undefined for nobody.
 * Teams, robots, tokens and roles of its own are those of the namespace; the hub has none.
 */
export async function findTagHolder(
  db: Db,
  text: string,
  namespace: NamespaceId | undefined,
): Promise<TagHolder | undefined> {
  if (text === "administrators") return { kind: "administrators" };
  const colon = text.indexOf(":");
  const [word, name] = [text.slice(0, colon), text.slice(colon + 1)];
  const role = word === "role" ? ROLES.find((one) => one === name) : undefined;
  if (role !== undefined) return { kind: "role", role };
  if (colon < 0) {
    const found = await findNamespace(db, text.toLowerCase() as NamespaceName);
    return found?.kind === "user" ? { kind: "account", id: found.id } : undefined;
  }
  if (namespace === undefined) return undefined;
  switch (word) {
    case "team": {
      const team = await findTeam(db, namespace, name);
      return team && { kind: "team", id: team.id };
    }
    case "role": {
      const id = (await findRole(db, namespace, name))?.id;
      return id === undefined ? undefined : { kind: "custom role", id };
    }
    case "robot":
    case "token":
      return await findMachineHolder(db, namespace, { word, name });
    default:
      return undefined;
  }
}

async function findMachineHolder(
  db: Db,
  namespace: NamespaceId,
  { word, name }: { readonly word: "robot" | "token"; readonly name: string },
): Promise<TagHolder | undefined> {
  const machine = await db
    .selectFrom("machines")
    .select("id")
    .where("organization_id", "=", namespace)
    .where("kind", "=", word === "robot" ? "robot" : "organization token")
    .where("label", "=", name)
    .executeTakeFirst();
  return machine && { kind: "machine", id: machine.id };
}

/** As {@link findTagHolder} reads it, by today's name; `(gone)` for who is not there any more. */
export async function describeTagHolder(db: Db, holder: TagHolder): Promise<string> {
  switch (holder.kind) {
    case "administrators":
      return holder.kind;
    case "role":
      return `role:${holder.role}`;
    case "account": {
      const row = await db
        .selectFrom("namespaces")
        .select("name")
        .where("id", "=", holder.id)
        .where("released_at", "is", null)
        .executeTakeFirst();
      return row?.name ?? "(gone)";
    }
    case "team": {
      const row = await db
        .selectFrom("teams")
        .select("name")
        .where("id", "=", holder.id)
        .executeTakeFirst();
      return row === undefined ? "(gone)" : `team:${row.name}`;
    }
    case "custom role": {
      const row = await db
        .selectFrom("custom_roles")
        .select("name")
        .where("id", "=", holder.id)
        .executeTakeFirst();
      return row === undefined ? "(gone)" : `role:${row.name}`;
    }
    case "machine": {
      const row = await db
        .selectFrom("machines")
        .select(["kind", "label"])
        .where("id", "=", holder.id)
        .executeTakeFirst();
      if (row === undefined) return "(gone)";
      return `${row.kind === "robot" ? "robot" : "token"}:${row.label}`;
    }
  }
}

/** Whether the principal is one of them, as things stand in this transaction. */
export async function isTagHolder(
  db: Db,
  holder: TagHolder,
  { principal, namespace }: { principal: Principal; namespace: NamespaceId | undefined },
): Promise<boolean> {
  const { kind, accountId, role, credential } = principal;
  const account = (kind === "user" ? accountId : undefined) as NamespaceId | undefined;
  if (account === undefined)
    return kind === "robot" && holder.kind === "machine" && credential?.id === holder.id;
  switch (holder.kind) {
    case "machine":
      return false;
    case "account":
      return account === holder.id;
    case "administrators":
      return role === "administrator";
    case "team":
      return (
        (await db
          .selectFrom("team_members")
          .select("team_id")
          .where("team_id", "=", holder.id)
          .where("account_id", "=", account)
          .executeTakeFirst()) !== undefined
      );
    case "role":
    case "custom role":
      return namespace !== undefined && (await hasRole(db, holder, { account, namespace }));
  }
}

async function hasRole(
  db: Db,
  wanted: Extract<TagHolder, { kind: "role" | "custom role" }>,
  { account, namespace }: { account: NamespaceId; namespace: NamespaceId },
): Promise<boolean> {
  // Their own namespace is theirs.
  if (account === namespace) return wanted.kind === "role";
  const seat = await findMemberRole(db, namespace, account);
  if (seat === undefined) return false;
  if (wanted.kind === "custom role") return seat.id === wanted.id;
  if (seat.id !== undefined) return wanted.role === "member";
  return ROLES.slice(0, ROLES.indexOf(wanted.role) + 1).some((one) => one === seat.name);
}
