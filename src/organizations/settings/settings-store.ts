import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../../namespaces/index.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { OrganizationTables } from "../tables.ts";

type Db = Kysely<OrganizationTables>;

/** Which public images of others the members of an organization may pull. */
export interface ImageRestriction {
  readonly isOn: boolean;
  readonly allowsOfficial: boolean;
  readonly allowsVerified: boolean;
}

const OPEN: ImageRestriction = { isOn: false, allowsOfficial: true, allowsVerified: true };

export async function findImageRestriction(
  db: Db,
  organization: NamespaceId,
): Promise<ImageRestriction> {
  const row = await db
    .selectFrom("organization_settings")
    .selectAll()
    .where("organization_id", "=", organization)
    .executeTakeFirst();
  if (row === undefined) return OPEN;
  return {
    isOn: row.restricts_images === 1,
    allowsOfficial: row.allows_official === 1,
    allowsVerified: row.allows_verified === 1,
  };
}

export async function putImageRestriction(
  trx: Db,
  organization: NamespaceId,
  { isOn, allowsOfficial, allowsVerified }: ImageRestriction,
): Promise<void> {
  const row = {
    restricts_images: toBit(isOn),
    allows_official: toBit(allowsOfficial),
    allows_verified: toBit(allowsVerified),
  };
  await trx
    .insertInto("organization_settings")
    .values({ organization_id: organization, ...row })
    .onConflict((conflict) => conflict.column("organization_id").doUpdateSet(row))
    .execute();
}

const selectRestrictors = prepareQuery((db: Db, key: { account: NamespaceId }) =>
  db
    .selectFrom("members")
    .innerJoin(
      "organization_settings as settings",
      "settings.organization_id",
      "members.organization_id",
    )
    .innerJoin("namespaces", "namespaces.id", "members.organization_id")
    .select(["namespaces.name", "settings.allows_official"])
    .where("members.account_id", "=", key.account)
    .where("settings.restricts_images", "=", 1),
);

/** The organization of the account that keeps it from pulling what is public there; undefined when none does. */
export async function findRestrictor(
  db: Db,
  account: NamespaceId,
  { isOfficial }: { readonly isOfficial: boolean },
): Promise<NamespaceName | undefined> {
  const { rows } = await selectRestrictors(db, { account });
  return rows.find(({ allows_official }) => !(isOfficial && allows_official === 1))?.name;
}

function toBit(is: boolean): 0 | 1 {
  return is ? 1 : 0;
}
