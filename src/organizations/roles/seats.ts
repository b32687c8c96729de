import type { Kysely } from "kysely";
import type { Principal, RepositoryAction } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Permission } from "../../contract/roles.ts";
import type { NamespaceId, NamespaceName } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findMemberRole } from "../standings-store.ts";
import type { OrganizationTables } from "../tables.ts";
import { builtInRole, type Role } from "./custom-roles-store.ts";
import { AUDITOR, permissionsFor } from "./permissions.ts";

type Db = Kysely<OrganizationTables>;

/** The hub itself: what it does at its start, or because its settings say so, has no other author. */
export const HUB: Principal = { kind: "robot", name: "berth" };

const AUDITOR_ROLE: Role = { ...builtInRole("member"), permissions: new Set(AUDITOR) };

/** As what somebody sits in the organization; undefined for those who have no business there. */
export async function findSeat(
  db: Db,
  organization: NamespaceId,
  by: Principal,
): Promise<Role | undefined> {
  if (by.role === "administrator") return builtInRole("owner");
  if (by === HUB) return builtInRole("owner");
  if (by.kind !== "user" || by.accountId === undefined) return undefined;
  const role = await findMemberRole(db, organization, by.accountId as NamespaceId);
  if (by.role !== "auditor") return role;
  if (role === undefined) return AUDITOR_ROLE;
  return { ...role, permissions: new Set([...role.permissions, ...AUDITOR]) };
}

/** Something that makes somebody hold more than before. */
interface Gift {
  readonly organization: { readonly id: NamespaceId; readonly name: NamespaceName };
  readonly by: Principal;
  /** How a refusal begins: `giving the role "owner"`. */
  readonly doing: string;
  readonly permissions: Iterable<Permission>;
  /** It gives, or takes, what only owners hold. */
  readonly isOwner?: boolean;
}

/** Of a role to a member, or from one: nobody takes more than they hold, either. Throws DENIED. */
export async function assertMayGiveRole(
  trx: Db,
  gift: Pick<Gift, "organization" | "by"> & {
    readonly role: Role;
    readonly verb: "giving" | "taking";
  },
): Promise<void> {
  const { role, verb, organization, by } = gift;
  const { permissions, isOwner } = role;
  const doing = `${verb} the role "${role.name}"`;
  await assertMayGive(trx, { organization, by, doing, permissions, isOwner });
}

/** What something that is no person may do in repositories of the organization, new ones included. Throws DENIED. */
export async function assertMayGiveActions(
  trx: Db,
  gift: Pick<Gift, "organization" | "by" | "doing"> & {
    readonly actions: readonly RepositoryAction[];
  },
): Promise<void> {
  const { actions, ...rest } = gift;
  const permissions = permissionsFor(actions, { mayCreate: true });
  await assertMayGive(trx, { ...rest, permissions });
}

/** Nobody gives what they do not hold, to others or to themselves. Call it in the transaction that gives. Throws DENIED. */
export async function assertMayGive(trx: Db, gift: Gift): Promise<void> {
  const { organization, by, doing, permissions, isOwner = false } = gift;
  const seat = await findSeat(trx, organization.id, by);
  if (seat?.isOwner) return;
  const missing = [...permissions].filter((each) => seat?.permissions.has(each) !== true);
  if (missing.length === 0 && !isOwner) return;
  const list = missing.map((each) => `"${each}"`).join(", ");
  const need = isOwner ? 'the role "owner"' : `${list}, too,`;
  const held = seat === undefined ? "none there" : `the role "${seat.name}"`;
  const detail = `${doing} takes ${need} in ${organization.name}; ${by.name} has ${held}. An owner of ${organization.name} can do it`;
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
