import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

interface SealedSecret {
  readonly name: string;
  readonly sealedValue: string;
  readonly updatedAt: Date;
}

export async function listSecrets(db: Db, repository: RepositoryId): Promise<SealedSecret[]> {
  const rows = await db
    .selectFrom("build_secrets")
    .select(["name", "value", "updated_at"])
    .where("repository_id", "=", repository)
    .orderBy("name")
    .execute();
  return rows.map(({ name, value, updated_at }) => ({
    ...{ name, sealedValue: value },
    updatedAt: new Date(updated_at),
  }));
}

export async function saveSecret(
  trx: Db,
  wish: {
    readonly repository: RepositoryId;
    readonly name: string;
    readonly sealedValue: string;
    readonly now: Date;
  },
): Promise<void> {
  const kept = { value: wish.sealedValue, updated_at: wish.now.getTime() };
  await trx
    .insertInto("build_secrets")
    .values({ repository_id: wish.repository, name: wish.name, ...kept })
    .onConflict((conflict) => conflict.columns(["repository_id", "name"]).doUpdateSet(kept))
    .execute();
}

/** False where there is none. */
export async function removeSecret(
  trx: Db,
  repository: RepositoryId,
  name: string,
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom("build_secrets")
    .where("repository_id", "=", repository)
    .where("name", "=", name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function removeSecretsOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_secrets").where("repository_id", "=", repository).execute();
}
