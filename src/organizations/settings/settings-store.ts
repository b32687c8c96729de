import type { Kysely } from "kysely";
import type { ImageRestrictor } from "../../access/index.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
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
    .select(["namespaces.name", "settings.allows_official", "settings.allows_verified"])
    .where("members.account_id", "=", key.account)
    .where("settings.restricts_images", "=", 1),
);

/** The organizations of the account that let it pull less of what is public than everybody may: few have any. */
export async function listRestrictors(
  db: Db,
  account: NamespaceId,
): Promise<readonly ImageRestrictor[]> {
  const { rows } = await selectRestrictors(db, { account });
  return rows.map(({ name, allows_official, allows_verified }) => ({
    organization: name,
    allowsOfficial: allows_official === 1,
    allowsVerified: allows_verified === 1,
  }));
}

function toBit(is: boolean): 0 | 1 {
  return is ? 1 : 0;
}
