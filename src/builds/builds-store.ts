import type { Kysely, Selectable } from "kysely";
import type { z } from "zod";
import type { Principal } from "../access/index.ts";
import type { buildRule } from "../contract/builds.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { readPrincipal, removeSettledRefs } from "./git/git-refs-store.ts";
import { removeSource } from "./sources/sources-store.ts";
import type { BuildId, BuildTables } from "./tables.ts";

type Db = Kysely<BuildTables>;
/** As its administrators wrote it. */
type KeptRule = z.output<typeof buildRule>;

export interface Build
  extends Pick<
    Selectable<BuildTables["builds"]>,
    "id" | "ref" | "rule" | "context" | "dockerfile" | "state" | "attempts"
  > {
  readonly repositoryId: RepositoryId;
  readonly commit: string;
  readonly tags: readonly string[];
  readonly caching: boolean;
  readonly by: Principal;
  readonly why: string | undefined;
  readonly exitCode: number | undefined;
  readonly digest: string | undefined;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

export type NewBuild = Pick<
  Build,
  "repositoryId" | "ref" | "rule" | "commit" | "context" | "dockerfile" | "caching" | "tags" | "by"
>;

/** How a build ended. */
export interface Ending {
  readonly state: "succeeded" | "failed" | "cancelled";
  readonly why?: string;
  readonly exitCode?: number | undefined;
  readonly digest?: string;
}

export async function findRules(db: Db, repository: RepositoryId): Promise<KeptRule[]> {
  const row = await db
    .selectFrom("build_rules")
    .select("rules")
    .where("repository_id", "=", repository)
    .executeTakeFirst();
  return row === undefined ? [] : (JSON.parse(row.rules) as KeptRule[]);
}

export async function saveRules(
  trx: Db,
  wish: { repository: RepositoryId; rules: readonly KeptRule[]; now: Date },
): Promise<void> {
  const kept = { rules: JSON.stringify(wish.rules), updated_at: wish.now.getTime() };
  await trx
    .insertInto("build_rules")
    .values({ repository_id: wish.repository, ...kept })
    .onConflict((conflict) => conflict.column("repository_id").doUpdateSet(kept))
    .execute();
}

/** Takes the place of builds of the same ref by the same rule that have not begun. */
export async function insertBuild(trx: Db, build: NewBuild, now: Date): Promise<BuildId> {
  await trx
    .updateTable("builds")
    .set({ state: "superseded", why: "a later push took its place", ended_at: now.getTime() })
    .where("repository_id", "=", build.repositoryId)
    .where("state", "=", "queued")
    .where("ref", "=", build.ref)
    .where("rule", "=", build.rule)
    .execute();
  const { id } = await trx
    .insertInto("builds")
    .values({
      repository_id: build.repositoryId,
      ref: build.ref,
      rule: build.rule,
      commit_hash: build.commit,
      context: build.context,
      dockerfile: build.dockerfile,
      caching: build.caching ? 1 : 0,
      tags: JSON.stringify(build.tags),
      state: "queued",
      attempts: 0,
      principal: JSON.stringify(build.by),
      created_at: now.getTime(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export async function findBuild(db: Db, id: BuildId): Promise<Build | undefined> {
  const row = await db.selectFrom("builds").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toBuild(row);
}

/** The newest first. */
export async function listBuilds(
  db: Db,
  repository: RepositoryId,
  page: { before: number | undefined; limit: number },
): Promise<Build[]> {
  let query = db.selectFrom("builds").selectAll().where("repository_id", "=", repository);
  if (page.before !== undefined) query = query.where("id", "<", page.before as BuildId);
  const rows = await query.orderBy("id", "desc").limit(page.limit).execute();
  return rows.map(toBuild);
}

/** The next in the queue, which is the caller's from now on. */
export async function claimBuild(trx: Db, now: Date): Promise<Build | undefined> {
  const next = await trx
    .selectFrom("builds")
    .select(["id", "attempts"])
    .where("state", "=", "queued")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return undefined;
  const row = await trx
    .updateTable("builds")
    .set({ state: "running", attempts: next.attempts + 1, started_at: now.getTime() })
    .where("id", "=", next.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toBuild(row);
}

/** False when the build was cancelled meanwhile. */
export async function startPublishing(trx: Db, id: BuildId): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("builds")
    .set({ state: "publishing" })
    .where("id", "=", id)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whether a later build of the same ref by the same rule has been published. */
export async function isOvertaken(db: Db, build: Build): Promise<boolean> {
  const later = await db
    .selectFrom("builds")
    .select("id")
    .where("repository_id", "=", build.repositoryId)
    .where("id", ">", build.id)
    .where("ref", "=", build.ref)
    .where("rule", "=", build.rule)
    .where("state", "=", "succeeded")
    .limit(1)
    .executeTakeFirst();
  return later !== undefined;
}

/** False for a build that has ended, or that is in none of these states. */
export async function endBuild(
  trx: Db,
  wish: { id: BuildId; from: readonly Build["state"][]; ending: Ending; now: Date },
): Promise<boolean> {
  const { state, why, exitCode, digest } = wish.ending;
  const { numUpdatedRows } = await trx
    .updateTable("builds")
    .set({
      state,
      why: why ?? null,
      exit_code: exitCode ?? null,
      digest: digest ?? null,
      ended_at: wish.now.getTime(),
    })
    .where("id", "=", wish.id)
    .where("state", "in", wish.from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What ran when the hub ended runs again, unless it has been begun that often. */
export async function requeueBuilds(trx: Db, most: number, now: Date): Promise<void> {
  const why = `the hub ended ${most} times while it ran`;
  await trx
    .updateTable("builds")
    .set({ state: "failed", why, ended_at: now.getTime() })
    .where("state", "in", ["running", "publishing"])
    .where("attempts", ">=", most)
    .execute();
  await trx
    .updateTable("builds")
    .set({ state: "queued", started_at: null })
    .where("state", "in", ["running", "publishing"])
    .execute();
}

export async function removeBuildsOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_rules").where("repository_id", "=", repository).execute();
  await trx.deleteFrom("builds").where("repository_id", "=", repository).execute();
  await removeSource(trx, repository);
  await removeSettledRefs(trx, repository);
}

function toBuild(row: Selectable<BuildTables["builds"]>): Build {
  const { id, ref, rule, context, dockerfile, state, attempts } = row;
  return {
    ...{ id, ref, rule, context, dockerfile, state, attempts },
    repositoryId: row.repository_id,
    commit: row.commit_hash,
    caching: row.caching === 1,
    tags: JSON.parse(row.tags) as string[],
    by: readPrincipal(row.principal),
    why: row.why ?? undefined,
    exitCode: row.exit_code ?? undefined,
    digest: row.digest ?? undefined,
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? undefined : new Date(row.started_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
  };
}
