import type { Kysely } from "kysely";
import type { BuildPhase } from "../../contract/builds.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { saveBases } from "../bases/base-links-store.ts";
import { listDeferred } from "../bases/deferred-builds-store.ts";
import { readBuildOptions } from "../build-options.ts";
import type { BuildStep } from "../builder/builder.ts";
import { type Build, toBuild, type UsedBase } from "../builds-store.ts";
import { type OwedProvenance, saveOwed } from "../provenance/owed-provenance.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import { chooseNext, type QueueLimits, type QueueView, type Waiting } from "./choose-next.ts";

type Db = Kysely<BuildTables>;

/** Whoever runs a build says so more often than that, or it is another's. */
const LEASE_MS = 60_000;
const WAITING_MOST = 10_000;
const RUNNING = ["running", "publishing"] as const;

/** What waits and what runs, as it is now: of each namespace and repository what came first, however many wait there. */
export async function viewQueue(db: Db, limits: QueueLimits, now: Date): Promise<QueueView> {
  const columns = ["id", "namespace", "repository_id", "not_before", "chain", "depth"] as const;
  const running = await db
    .selectFrom("builds")
    .select(columns)
    .where("state", "in", RUNNING)
    .orderBy("id")
    .execute();
  const ranked = db
    .selectFrom("builds")
    .select(columns)
    .select(({ fn }) => [
      fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy("repository_id").orderBy("id"))
        .as("place"),
    ])
    .where("state", "=", "queued");
  const waiting = await db
    .selectFrom(ranked.as("ranked"))
    .select(columns)
    .orderBy("place")
    .orderBy("id")
    .limit(WAITING_MOST)
    .execute();
  const turns = await db
    .selectFrom("builds")
    .select(["namespace", ({ fn }) => fn.max("started_at").as("at")])
    .where("started_at", ">", 0)
    .groupBy("namespace")
    .execute();
  return {
    waiting: waiting.map(toWaiting).toSorted((one, other) => one.id - other.id),
    running: running.map(toWaiting),
    deferred: await listDeferred(db),
    lastTurns: new Map(turns.map(({ namespace, at }) => [namespace ?? "", Number(at)])),
    ...{ limits, now: now.getTime() },
  };
}

/** What was uploaded for builds that have not ended. */
export async function listUploads(db: Db, repository?: RepositoryId): Promise<readonly string[]> {
  let query = db
    .selectFrom("builds")
    .select("options")
    .where("state", "in", ["queued", ...RUNNING]);
  if (repository !== undefined) query = query.where("repository_id", "=", repository);
  const rows = await query.execute();
  return rows.flatMap(({ options }) => readBuildOptions(options).upload ?? []);
}

function toWaiting(row: {
  readonly id: BuildId;
  readonly namespace: string | null;
  readonly repository_id: RepositoryId;
  readonly not_before: number | null;
  readonly chain: string | null;
  readonly depth: number | null;
}): Waiting {
  return {
    id: row.id,
    namespace: row.namespace ?? "",
    repositoryId: row.repository_id,
    notBefore: row.not_before ?? undefined,
    chain: row.chain ?? undefined,
    depth: row.depth ?? 0,
  };
}

/** The next in the queue, which is the caller's for as long as it renews its lease. */
export async function claimBuild(
  trx: Db,
  limits: QueueLimits,
  now: Date,
): Promise<Build | undefined> {
  const next = chooseNext(await viewQueue(trx, limits, now));
  if (next === undefined) return undefined;
  const row = await trx
    .updateTable("builds")
    .set((is) => ({
      ...{ state: "running" as const, phase: "preparing" as const, started_at: now.getTime() },
      ...{ attempts: is("attempts", "+", 1), lease_until: now.getTime() + LEASE_MS },
    }))
    .where("id", "=", next.id)
    .where("state", "=", "queued")
    .returningAll()
    .executeTakeFirstOrThrow();
  await trx.deleteFrom("build_steps").where("build_id", "=", next.id).execute();
  return toBuild(row);
}

/** Those of them that are the caller's no more: somebody ended them. */
export async function renewLeases(trx: Db, ids: readonly BuildId[], now: Date): Promise<BuildId[]> {
  if (ids.length === 0) return [];
  const kept = await trx
    .updateTable("builds")
    .set({ lease_until: now.getTime() + LEASE_MS })
    .where("id", "in", ids)
    .where("state", "in", RUNNING)
    .returning("id")
    .execute();
  const held = new Set(kept.map(({ id }) => id));
  return ids.filter((id) => !held.has(id));
}

interface LostWish {
  readonly leasesUntil: number;
  readonly now: Date;
}

/** What nobody runs any more waits again, unless it has been begun that often: those have failed, and are the answer. */
export async function requeueBuilds(
  trx: Db,
  wish: LostWish & { readonly attempts: number },
): Promise<Build[]> {
  const why = `the hub ended ${wish.attempts} times while it ran`;
  const lost = selectLost(trx, wish).where(({ not, and, eb }) =>
    not(and([eb("state", "=", "publishing"), eb("digest", "is not", null)])),
  );
  const ended = await trx
    .updateTable("builds")
    .set({ state: "failed", phase: null, why, ended_at: wish.now.getTime() })
    .where("id", "in", lost)
    .where("attempts", ">=", wish.attempts)
    .returningAll()
    .execute();
  await trx
    .updateTable("builds")
    .set({ state: "queued", phase: null, started_at: null, lease_until: null })
    .where("id", "in", lost)
    .execute();
  return ended.map(toBuild);
}

/** What was published before its hub ended: it is the caller's to end, for as long as it renews its lease. */
export async function claimPublished(trx: Db, wish: LostWish): Promise<Build[]> {
  const rows = await trx
    .updateTable("builds")
    .set({ lease_until: wish.now.getTime() + LEASE_MS })
    .where("id", "in", selectLost(trx, wish))
    .where("state", "=", "publishing")
    .where("digest", "is not", null)
    .returningAll()
    .execute();
  return rows.map(toBuild);
}

function selectLost(trx: Db, { leasesUntil }: LostWish) {
  return trx
    .selectFrom("builds")
    .select("id")
    .where("state", "in", RUNNING)
    .where(({ or, eb }) =>
      or([eb("lease_until", "is", null), eb("lease_until", "<", leasesUntil)]),
    );
}

/** In the transaction in which its tags move. */
export async function notePublished(
  trx: Db,
  id: BuildId,
  made: {
    readonly digest: string;
    readonly bases: readonly UsedBase[];
    readonly owed: OwedProvenance;
  },
): Promise<void> {
  const { digest, bases, owed } = made;
  await trx.updateTable("builds").set({ digest }).where("id", "=", id).execute();
  await saveBases(trx, id, bases);
  await saveOwed(trx, id, owed);
}

export async function notePhase(trx: Db, id: BuildId, phase: BuildPhase): Promise<void> {
  await trx
    .updateTable("builds")
    .set({ phase })
    .where("id", "=", id)
    .where("state", "=", "running")
    .execute();
}

/** False when the build was cancelled meanwhile. */
export async function startPublishing(trx: Db, id: BuildId): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("builds")
    .set({ state: "publishing", phase: "publishing" })
    .where("id", "=", id)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const STEP_CHARACTERS = 2000;
const STEPS_MOST = 1000;

export async function insertStep(trx: Db, id: BuildId, step: BuildStep): Promise<void> {
  const { number, ms, isCached } = step;
  if (number > STEPS_MOST) return;
  const text = step.text.slice(0, STEP_CHARACTERS);
  await trx
    .insertInto("build_steps")
    .values({ build_id: id, number, text, ms: Math.round(ms), is_cached: isCached ? 1 : 0 })
    .onConflict((conflict) => conflict.columns(["build_id", "number"]).doNothing())
    .execute();
}

export async function listSteps(db: Db, id: BuildId): Promise<BuildStep[]> {
  const rows = await db
    .selectFrom("build_steps")
    .selectAll()
    .where("build_id", "=", id)
    .orderBy("number")
    .execute();
  return rows.map(({ number, text, ms, is_cached }) => ({
    ...{ number, text, ms, isCached: is_cached === 1 },
  }));
}

/** The latest build of the same ref by the same rule that was published, other than this one. */
export async function findPublished(
  db: Db,
  build: Pick<Build, "id" | "repositoryId" | "ref">,
): Promise<{ readonly commit: string; readonly ordinal: number } | undefined> {
  const row = await db
    .selectFrom("builds")
    .select(["commit_hash", ({ fn }) => fn.coalesce("ordinal", "id").as("ordinal")])
    .where("repository_id", "=", build.repositoryId)
    .where("ref", "=", build.ref)
    // As it is now: rules may have changed places while it ran.
    .where("rule", "=", ({ selectFrom }) =>
      selectFrom("builds as own").select("own.rule").where("own.id", "=", build.id),
    )
    .where("id", "!=", build.id)
    .where("state", "=", "succeeded")
    .orderBy(({ fn }) => fn.coalesce("ordinal", "id"), "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { commit: row.commit_hash, ordinal: Number(row.ordinal) };
}
