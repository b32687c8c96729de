import type { Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { CiRuleId, TokenTables } from "../tables.ts";
import type { Terms } from "./trust-rules.ts";

type Db = Kysely<TokenTables>;

/** A rule that somebody added by the API; 0 for the organization of those that are the hub's. */
export interface CiRule extends Terms {
  readonly id: CiRuleId;
  readonly organizationId: NamespaceId | 0;
  readonly name: string;
  readonly issuer: string;
  readonly accountId: NamespaceId;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export async function insertCiRule(trx: Db, rule: CiRule): Promise<void> {
  await trx
    .insertInto("ci_rules")
    .values({
      id: rule.id,
      organization_id: rule.organizationId,
      name: rule.name,
      issuer: rule.issuer,
      claims: JSON.stringify(rule.claims),
      account_id: rule.accountId,
      repositories: JSON.stringify(rule.repositories),
      actions: JSON.stringify(rule.actions),
      lifetime_ms: rule.lifetime,
      created_by: rule.createdBy,
      created_at: rule.createdAt.getTime(),
    })
    .execute();
}

export async function findCiRule(db: Db, id: string): Promise<CiRule | undefined> {
  const row = await db
    .selectFrom("ci_rules")
    .selectAll()
    .where("id", "=", id as CiRuleId)
    .executeTakeFirst();
  return row && toRule(row);
}

/** The oldest first. There is a bounded number, so this is no page. */
export async function listCiRules(
  db: Db,
  organization: NamespaceId | 0,
): Promise<readonly CiRule[]> {
  const rows = await db
    .selectFrom("ci_rules")
    .selectAll()
    .where("organization_id", "=", organization)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(toRule);
}

/** In the order in which they are tried: the hub's, which have the number 0, then the organization's; older before newer. */
export async function listCiRulesOf(
  db: Db,
  key: { readonly issuer: string; readonly organization: NamespaceId | undefined },
): Promise<readonly CiRule[]> {
  const rows = await db
    .selectFrom("ci_rules")
    .selectAll()
    .where("issuer", "=", key.issuer)
    .where("organization_id", "in", [0, key.organization ?? 0])
    .orderBy("organization_id")
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(toRule);
}

export async function removeCiRule(trx: Db, id: CiRuleId): Promise<void> {
  await trx.deleteFrom("ci_rules").where("id", "=", id).execute();
}

/** Those that an organization made, and those that act as an account: nobody is let in for what is gone. */
export async function removeCiRulesOf(trx: Db, account: NamespaceId): Promise<void> {
  await trx
    .deleteFrom("ci_rules")
    .where((is) => is.or([is("organization_id", "=", account), is("account_id", "=", account)]))
    .execute();
}

function toRule(row: Selectable<TokenTables["ci_rules"]>): CiRule {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    issuer: row.issuer,
    claims: JSON.parse(row.claims) as CiRule["claims"],
    accountId: row.account_id,
    repositories: JSON.parse(row.repositories) as CiRule["repositories"],
    actions: JSON.parse(row.actions) as CiRule["actions"],
    lifetime: row.lifetime_ms,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
  };
}
