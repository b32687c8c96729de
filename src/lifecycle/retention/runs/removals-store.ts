import type { Insertable, Kysely, Selectable } from "kysely";
import type { Digest } from "../../../oci/digest.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";

type Db = Kysely<RetentionTables>;

export interface Removal {
  readonly id: number;
  readonly repositoryId: RepositoryId;
  /** Undefined for a manifest without one. */
  readonly tag: string | undefined;
  readonly digest: Digest;
  readonly policyId: number | undefined;
  readonly line: number | undefined;
  readonly why: string;
  readonly bytes: number;
  readonly tagUpdatedAt: Date;
  readonly pull: { readonly now: Date; readonly by: string; readonly client: string } | undefined;
  readonly state: "removed" | "restored" | "lost";
}

export async function insertRemoval(
  trx: Db,
  removal: Omit<Removal, "id" | "state"> & { readonly runId: number; readonly now: Date },
): Promise<void> {
  const row: Insertable<RetentionTables["retention_removals"]> = {
    run_id: removal.runId,
    repository_id: removal.repositoryId,
    tag: removal.tag ?? "",
    digest: removal.digest,
    policy_id: removal.policyId ?? null,
    line: removal.line ?? null,
    why: removal.why,
    bytes: removal.bytes,
    tag_updated_at: removal.tagUpdatedAt.getTime(),
    pulled_at: removal.pull?.now.getTime() ?? null,
    pulled_by: removal.pull?.by ?? null,
    client: removal.pull?.client ?? null,
    removed_at: removal.now.getTime(),
    state: "removed",
  };
  await trx.insertInto("retention_removals").values(row).execute();
}

/** In the order of their removal, behind `after`. */
export async function listRemovals(
  db: Db,
  run: number,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly Removal[]> {
  const rows = await db
    .selectFrom("retention_removals")
    .selectAll()
    .where("run_id", "=", run)
    .where("id", ">", page.after)
    .orderBy("id")
    .limit(page.limit)
    .execute();
  return rows.map(toRemoval);
}

/** Those that are still to be put right, the first ones. */
export async function listStillRemoved(
  db: Db,
  run: number,
  limit: number,
): Promise<readonly Removal[]> {
  const rows = await db
    .selectFrom("retention_removals")
    .selectAll()
    .where("run_id", "=", run)
    .where("state", "=", "removed")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toRemoval);
}

export async function settleRemoval(
  trx: Db,
  id: number,
  state: "restored" | "lost",
): Promise<void> {
  await trx.updateTable("retention_removals").set({ state }).where("id", "=", id).execute();
}

function toRemoval(row: Selectable<RetentionTables["retention_removals"]>): Removal {
  const pull =
    row.pulled_at === null
      ? undefined
      : { now: new Date(row.pulled_at), by: row.pulled_by ?? "", client: row.client ?? "" };
  return {
    id: row.id,
    repositoryId: row.repository_id,
    tag: row.tag === "" ? undefined : row.tag,
    digest: row.digest,
    policyId: row.policy_id ?? undefined,
    line: row.line ?? undefined,
    why: row.why,
    bytes: Number(row.bytes),
    tagUpdatedAt: new Date(row.tag_updated_at),
    pull,
    state: row.state,
  };
}

/** Policies that removed something in the run. */
export async function listPoliciesOfRemovals(db: Db, run: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("retention_removals")
    .select("policy_id")
    .distinct()
    .where("run_id", "=", run)
    .where("policy_id", "is not", null)
    .execute();
  return rows.flatMap(({ policy_id: id }) => (id === null ? [] : [id]));
}

/** Forgets runs that were over before, the oldest first and their removals before them; at most `limit` rows. */
export async function trimRuns(
  trx: Db,
  { before, limit }: { readonly before: Date; readonly limit: number },
): Promise<void> {
  const old = await trx
    .selectFrom("retention_runs")
    .select("id")
    .where("state", "in", ["done", "cancelled", "failed", "undone"])
    .where("finished_at", "<", before.getTime())
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (old === undefined) return;
  const removals = trx
    .selectFrom("retention_removals")
    .select("id")
    .where("run_id", "=", old.id)
    .limit(limit);
  const gone = await trx
    .deleteFrom("retention_removals")
    .where("id", "in", removals)
    .executeTakeFirst();
  if (Number(gone.numDeletedRows) < limit)
    await trx.deleteFrom("retention_runs").where("id", "=", old.id).execute();
}
