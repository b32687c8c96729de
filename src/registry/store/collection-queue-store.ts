import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { CandidateKind, RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface Candidate {
  readonly kind: CandidateKind;
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly dueAt: Date;
  /** One sentence for a person: why collection should look here. */
  readonly reason: string;
  /** Somebody let it go: a manifest without a tag is removed then, whatever is done with others. */
  readonly isReleased?: boolean | undefined;
}

const upsertCandidate = prepareQuery((trx: Db, row: RegistryTables["collection_queue"]) =>
  trx
    .insertInto("collection_queue")
    .values({
      kind: row.kind,
      repository_id: row.repository_id,
      digest: row.digest,
      due_at: row.due_at,
      reason: row.reason,
      is_released: row.is_released,
    })
    .onConflict((conflict) =>
      conflict.columns(["kind", "repository_id", "digest"]).doUpdateSet((expression) => ({
        due_at: expression.fn<number>("max", ["collection_queue.due_at", "excluded.due_at"]),
        reason: row.reason,
        is_released: row.is_released,
      })),
    ),
);

/**
 * Asks collection to look at something once it is due. A candidate that is queued already gets the later date: a new
 * reason to look is also a new reason to wait, and a row is never dropped here. What was let go is so only until there is
 * another reason.
 */
export async function queueCandidate(trx: Db, candidate: Candidate): Promise<void> {
  await upsertCandidate(trx, {
    kind: candidate.kind,
    repository_id: candidate.repositoryId,
    digest: candidate.digest,
    due_at: candidate.dueAt.getTime(),
    reason: candidate.reason,
    is_released: candidate.isReleased === true ? 1 : 0,
  });
}

/** Moves the date of a candidate that is queued; false if it is not. */
export async function postponeCandidate(
  trx: Db,
  candidate: Pick<Candidate, "kind" | "repositoryId" | "digest" | "dueAt">,
): Promise<boolean> {
  const result = await trx
    .updateTable("collection_queue")
    .set({ due_at: candidate.dueAt.getTime() })
    .where("kind", "=", candidate.kind)
    .where("repository_id", "=", candidate.repositoryId)
    .where("digest", "=", candidate.digest)
    .where("due_at", "<", candidate.dueAt.getTime())
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function findCandidate(
  db: Db,
  candidate: Pick<Candidate, "kind" | "repositoryId" | "digest">,
): Promise<{ dueAt: Date } | undefined> {
  const row = await db
    .selectFrom("collection_queue")
    .select("due_at")
    .where("kind", "=", candidate.kind)
    .where("repository_id", "=", candidate.repositoryId)
    .where("digest", "=", candidate.digest)
    .executeTakeFirst();
  return row === undefined ? undefined : { dueAt: new Date(row.due_at) };
}

/** The candidates that are due, oldest date first, after `position`. */
export async function listDueCandidates(
  db: Db,
  options: { now: Date; limit: number; after?: Candidate | undefined },
): Promise<readonly Candidate[]> {
  let query = db
    .selectFrom("collection_queue")
    .selectAll()
    .where("due_at", "<=", options.now.getTime())
    .orderBy("due_at")
    .orderBy("kind")
    .orderBy("repository_id")
    .orderBy("digest")
    .limit(options.limit);
  const { after } = options;
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple("due_at", "kind", "repository_id", "digest"),
        ">",
        tuple(after.dueAt.getTime(), after.kind, after.repositoryId, after.digest),
      ),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    kind: row.kind,
    repositoryId: row.repository_id,
    digest: row.digest,
    dueAt: new Date(row.due_at),
    reason: row.reason,
    isReleased: row.is_released === 1,
  }));
}

/** What was let go is held again; it stays on the queue, to be looked at. */
export async function takeBackCandidate(
  trx: Db,
  candidate: Pick<Candidate, "kind" | "repositoryId" | "digest">,
): Promise<void> {
  await trx
    .updateTable("collection_queue")
    .set({ is_released: 0 })
    .where("kind", "=", candidate.kind)
    .where("repository_id", "=", candidate.repositoryId)
    .where("digest", "=", candidate.digest)
    .execute();
}

export async function removeCandidate(
  trx: Db,
  candidate: Pick<Candidate, "kind" | "repositoryId" | "digest">,
): Promise<void> {
  await trx
    .deleteFrom("collection_queue")
    .where("kind", "=", candidate.kind)
    .where("repository_id", "=", candidate.repositoryId)
    .where("digest", "=", candidate.digest)
    .execute();
}
