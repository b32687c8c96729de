import type { Kysely } from "kysely";
import type { RepositoryAction } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { type Role, roleOfMember } from "./roles/custom-roles-store.ts";
import type { OrganizationTables, Right } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

const selectRole = prepareQuery(
  (db: Db, key: { organization: NamespaceId; account: NamespaceId }) =>
    db
      .selectFrom("members")
      .leftJoin("custom_roles", "custom_roles.id", "members.custom_role_id")
      .select(["members.role", "custom_roles.id", "custom_roles.name"])
      .select(["custom_roles.description", "custom_roles.permissions"])
      .where("members.organization_id", "=", key.organization)
      .where("members.account_id", "=", key.account),
);

/** What the account is in the organization: a row of its membership, and one of the role where it is no built-in one. */
export async function findMemberRole(
  db: Db,
  organization: NamespaceId,
  account: NamespaceId,
): Promise<Role | undefined> {
  const { rows } = await selectRole(db, { organization, account });
  const row = rows[0];
  return row && roleOfMember(row);
}

interface RightsKey {
  readonly namespace: NamespaceId;
  readonly account: NamespaceId;
  /** 0 for a name that no repository has yet: only patterns speak of it. */
  readonly repository: RepositoryId | 0;
}

const selectOwnRights = prepareQuery((db: Db, key: RightsKey) =>
  db
    .selectFrom("rights")
    .select(["actions", "pattern", "tags", "create_only"])
    .where("namespace_id", "=", key.namespace)
    .where("subject_kind", "=", "account")
    .where("subject_id", "=", key.account)
    .where((is) => is.or([is("repository_id", "=", 0), is("repository_id", "=", key.repository)])),
);

const selectTeamRights = prepareQuery((db: Db, key: RightsKey) =>
  db
    .selectFrom("team_members")
    .innerJoin("rights", "rights.subject_id", "team_members.team_id")
    .select(["rights.actions", "rights.pattern", "rights.tags", "rights.create_only"])
    .where("team_members.account_id", "=", key.account)
    .where("rights.namespace_id", "=", key.namespace)
    .where("rights.subject_kind", "=", "team")
    .where((is) =>
      is.or([is("rights.repository_id", "=", 0), is("rights.repository_id", "=", key.repository)]),
    ),
);

/** What was given to the account, or to a team that it is in, for this repository or by pattern. */
export async function listRights(db: Db, key: RightsKey): Promise<readonly Right[]> {
  const own = await selectOwnRights(db, key);
  const teams = await selectTeamRights(db, key);
  return [...own.rows, ...teams.rows].map((row) => ({
    actions: JSON.parse(row.actions) as RepositoryAction[],
    pattern: row.pattern,
    tags: row.tags ?? undefined,
    createOnly: row.create_only === 1,
  }));
}

/** Organizations of which the account is a member. */
export async function listMemberships(
  db: Db,
  account: NamespaceId,
): Promise<readonly NamespaceId[]> {
  const rows = await db
    .selectFrom("members")
    .select("organization_id")
    .where("account_id", "=", account)
    .execute();
  return rows.map((row) => row.organization_id);
}

/** Namespaces in which the account, or a team of it, was given something. */
export async function listNamespacesWithRights(
  db: Db,
  account: NamespaceId,
): Promise<readonly NamespaceId[]> {
  const teams = db.selectFrom("team_members").select("team_id").where("account_id", "=", account);
  const rows = await db
    .selectFrom("rights")
    .select("namespace_id")
    .distinct()
    .where((is) =>
      is.or([
        is.and([is("subject_kind", "=", "account"), is("subject_id", "=", account)]),
        is.and([is("subject_kind", "=", "team"), is("subject_id", "in", teams)]),
      ]),
    )
    .execute();
  return rows.map((row) => row.namespace_id);
}
