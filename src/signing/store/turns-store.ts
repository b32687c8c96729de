import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { SignatureId, SigningTables } from "../tables.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

/** Revisions below those of the hub's keys: what is new comes before what is judged once more. */
export const NEW = 0;
export const AGAIN = 1;
/** The smallest that a judged signature has. */
export const FIRST_REVISION = 2;

/** It could not be judged, for a reason that has nothing to do with it: what is known stays, and its turn comes again. */
export async function delaySignature(
  trx: Db,
  id: SignatureId,
  { dueAt, attempts }: { readonly dueAt: Date; readonly attempts: number },
): Promise<void> {
  await trx
    .updateTable("signatures")
    .set({ trust_revision: AGAIN, due_at: dueAt.getTime(), attempts })
    .where("id", "=", id)
    .execute();
}

/** When the first of those is due that wait for a time; undefined while there is none. */
export async function findNextTurn(
  db: Db,
  { revision, now }: { readonly revision: number; readonly now: Date },
): Promise<number | undefined> {
  const row = await db
    .selectFrom("signatures")
    .select(({ fn }) => fn.min("due_at").as("at"))
    .where("trust_revision", "<", revision)
    .where("due_at", ">", now.getTime())
    .executeTakeFirst();
  return row?.at ?? undefined;
}

const MARKED = 500;

/** Marks some of the repository's signatures to be judged once more; false when none was left to mark. */
export async function markSignatures(trx: Db, repositoryId: RepositoryId): Promise<boolean> {
  const some = trx
    .selectFrom("signatures")
    .select("id")
    .where("repository_id", "=", repositoryId)
    .where("trust_revision", ">=", FIRST_REVISION)
    .limit(MARKED);
  const { numUpdatedRows } = await trx
    .updateTable("signatures")
    .set({ trust_revision: AGAIN, due_at: 0 })
    .where("id", "in", some)
    .executeTakeFirst();
  return Number(numUpdatedRows) === MARKED;
}

/** Repositories that were moved since then, and have signatures that were judged in another namespace. */
export async function listMoved(db: Db, since: Date): Promise<readonly RepositoryId[]> {
  const rows = await db
    .selectFrom("former_names")
    .innerJoin("repositories", "repositories.id", "former_names.repository_id")
    .innerJoin("signatures", "signatures.repository_id", "repositories.id")
    .select("repositories.id")
    .distinct()
    .where("former_names.retired_at", ">=", since.getTime())
    .where("signatures.trust_revision", ">=", FIRST_REVISION)
    .where(({ eb, fn, ref, val }) =>
      eb(
        ref("signatures.namespace_id"),
        "!=",
        fn.coalesce("repositories.namespace_id", val(0 as NamespaceId)),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

const AGAIN_OF = "again:";

/** In the transaction of whatever changed the keys of a namespace: all signatures in it are judged once more. */
export async function askAgain(trx: Db, place: NamespaceId): Promise<void> {
  await writePosition(trx, `${AGAIN_OF}${place}`, 0);
}

/** Whether anybody asked by `askAgain`. */
export async function isAsked(db: Db): Promise<boolean> {
  return (await findAsked(db)) !== undefined;
}

async function findAsked(db: Db) {
  return await db
    .selectFrom("signing_positions")
    .selectAll()
    .where("name", ">=", AGAIN_OF)
    .where("name", "<", "again;")
    .orderBy("name")
    .limit(1)
    .executeTakeFirst();
}

/** Marks some signatures of one namespace for which `askAgain` asked; false when nobody asks any more. */
export async function markSome(trx: Db): Promise<boolean> {
  const asked = await findAsked(trx);
  if (asked === undefined) return false;
  const next = await trx
    .selectFrom("repositories")
    .select("id")
    .where("namespace_id", "=", Number(asked.name.slice(AGAIN_OF.length)) as NamespaceId)
    .where("id", ">", asked.position as RepositoryId)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) {
    await trx.deleteFrom("signing_positions").where("name", "=", asked.name).execute();
  } else if (!(await markSignatures(trx, next.id))) {
    await writePosition(trx, asked.name, next.id);
  }
  return true;
}

export async function readPosition(db: Db, name: string): Promise<number> {
  const row = await db
    .selectFrom("signing_positions")
    .select("position")
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.position ?? 0;
}

export async function writePosition(trx: Db, name: string, position: number): Promise<void> {
  await trx
    .insertInto("signing_positions")
    .values({ name, position })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ position }))
    .execute();
}
