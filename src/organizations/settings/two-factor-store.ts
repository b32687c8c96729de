import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../../namespaces/index.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { OrganizationTables } from "../tables.ts";

type Db = Kysely<OrganizationTables>;

const selectAsking = prepareQuery((db: Db, key: { organization: NamespaceId }) =>
  db.selectFrom("organizations").select("asks_two_factor").where("id", "=", key.organization),
);

export async function asksForTwoFactor(db: Db, organization: NamespaceId): Promise<boolean> {
  const { rows } = await selectAsking(db, { organization });
  return rows[0]?.asks_two_factor === 1;
}

export async function putTwoFactorRequirement(
  trx: Db,
  organization: NamespaceId,
  isAsked: boolean,
): Promise<void> {
  await trx
    .updateTable("organizations")
    .set({ asks_two_factor: isAsked ? 1 : 0 })
    .where("id", "=", organization)
    .execute();
}

/** Members who have none, in the order of names. */
export async function listMembersWithout(
  db: Db,
  organization: NamespaceId,
  limit: number,
): Promise<readonly NamespaceName[]> {
  const rows = await db
    .selectFrom("members")
    .innerJoin("accounts", "accounts.id", "members.account_id")
    .select("accounts.name")
    .where("members.organization_id", "=", organization)
    .where("accounts.two_factor_at", "is", null)
    .orderBy("accounts.name")
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
}
