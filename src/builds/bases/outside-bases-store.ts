import type { Kysely } from "kysely";
import type { BuildTables } from "../tables.ts";
import { OUTSIDE } from "./outside-place.ts";

type Db = Kysely<BuildTables>;

export interface OutsideBase {
  /** The whole name, with a tag. */
  readonly reference: string;
  /** Undefined until it was looked at. */
  readonly digest: string | undefined;
  readonly failures: number;
}

/** Notes what links tell of and forgets what none does; a new one is looked at after `firstLook`. */
export async function syncOutsideBases(trx: Db, firstLook: Date): Promise<void> {
  const rows = await trx
    .selectFrom("build_links")
    .select(["base_tag as reference", "base_digest as digest"])
    .where("base_repository_id", "=", OUTSIDE)
    .execute();
  const linked = new Map(rows.map(({ reference, digest }) => [reference, digest]));
  const known = await trx.selectFrom("build_outside_bases").select("reference").execute();
  const kept = new Set(known.map(({ reference }) => reference));
  for (const reference of kept)
    if (!linked.has(reference))
      await trx.deleteFrom("build_outside_bases").where("reference", "=", reference).execute();
  for (const [reference, digest] of linked)
    if (!kept.has(reference))
      await trx
        .insertInto("build_outside_bases")
        .values({ reference, digest, next_look_at: firstLook.getTime(), failures: 0 })
        .execute();
}

export async function listDueBases(db: Db, now: Date, limit: number): Promise<OutsideBase[]> {
  const rows = await db
    .selectFrom("build_outside_bases")
    .selectAll()
    .where("next_look_at", "<=", now.getTime())
    .orderBy("next_look_at")
    .limit(limit)
    .execute();
  return rows.map(({ reference, digest, failures }) => ({
    ...{ reference, digest: digest ?? undefined, failures },
  }));
}

export async function findOutsideDigest(db: Db, reference: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("build_outside_bases")
    .select("digest")
    .where("reference", "=", reference)
    .executeTakeFirst();
  return row?.digest ?? undefined;
}

/** What a build has pulled since the last look is what it is now. True where that is news. */
export async function noteOutsideDigest(
  trx: Db,
  reference: string,
  { digest, since }: { readonly digest: string; readonly since: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("build_outside_bases")
    .set({ digest })
    .where("reference", "=", reference)
    .where("digest", "!=", digest)
    .where(({ or, eb }) => or([eb("looked_at", "is", null), eb("looked_at", "<", since.getTime())]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Why a base could not be looked at last, and when one was. */
export async function findLook(
  db: Db,
  reference: string,
): Promise<{ readonly lookedAt: Date | undefined; readonly why: string | undefined } | undefined> {
  const row = await db
    .selectFrom("build_outside_bases")
    .select(["looked_at as lookedAt", "why"])
    .where("reference", "=", reference)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { lookedAt, why } = row;
  return {
    lookedAt: lookedAt === null ? undefined : new Date(Number(lookedAt)),
    why: why ?? undefined,
  };
}

export async function saveLook(
  trx: Db,
  reference: string,
  look: {
    /** Undefined where it could not be looked at: it stays what it was. */
    readonly digest: string | undefined;
    readonly failures: number;
    readonly why: string | undefined;
    readonly now: Date;
    readonly next: Date;
  },
): Promise<void> {
  const { digest, failures, why, now, next } = look;
  await trx
    .updateTable("build_outside_bases")
    .set({
      ...(digest === undefined ? {} : { digest }),
      ...{ failures, why: why ?? null },
      ...{ looked_at: now.getTime(), next_look_at: next.getTime() },
    })
    .where("reference", "=", reference)
    .execute();
}
