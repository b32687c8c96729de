import type { Kysely, Selectable } from "kysely";
import type { z } from "zod";
import type { Principal } from "../access/index.ts";
import type { BuildPhase, BuildReason, BuildState, buildRule } from "../contract/builds.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { removeFacts } from "./advice/build-facts-store.ts";
import { type BuildOptions, readBuildOptions } from "./build-options.ts";
import type { BuildBase } from "./builder/builder.ts";
import { readPrincipal, removeSettledRefs } from "./git/git-refs-store.ts";
import { removeSecretsOf } from "./secrets/secrets-store.ts";
import { removeSource } from "./sources/sources-store.ts";
import type { BuildId, BuildTables } from "./tables.ts";
import { removeSchedulesOf } from "./triggers/schedules-store.ts";
import { removeTriggersOf } from "./triggers/triggers-store.ts";

type Db = Kysely<BuildTables>;
/** As its administrators wrote it. */
type KeptRule = z.output<typeof buildRule>;

export interface Build
  extends Pick<
    Selectable<BuildTables["builds"]>,
    "id" | "ref" | "rule" | "context" | "dockerfile" | "state" | "attempts"
  > {
  readonly reason: BuildReason;
  readonly phase: BuildPhase | undefined;
  /** The order of its commit among those of the ref. */
  readonly ordinal: number;
  readonly chain: string | undefined;
  readonly repositoryId: RepositoryId;
  readonly options: BuildOptions;
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
  | "repositoryId"
  | "ref"
  | "rule"
  | "commit"
  | "context"
  | "dockerfile"
  | "caching"
  | "tags"
  | "by"
  | "options"
> & {
  readonly reason: BuildReason;
  readonly namespace: string;
  /** Of a build that is tried again; a new one has its own. */
  readonly ordinal?: number;
  /** Because a base moved. */
  readonly base?: {
    readonly key: string;
    readonly chain: string;
    readonly depth: number;
    readonly notBefore: Date;
  };
};

export type UsedBase = Pick<BuildBase, "reference" | "platform" | "digest">;

/** How a build ended. */
export interface Ending {
  readonly state: "succeeded" | "failed" | "cancelled" | "timed_out";
  readonly why?: string;
  readonly exitCode?: number | undefined;
  readonly digest?: string | undefined;
  /** What it was built on. */
  readonly bases?: readonly UsedBase[];
  /** The images that were published, those in an index each. */
  readonly images?: readonly Digest[];
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

/**
 * Takes the place of builds of the same ref by the same rule that have not begun; one of a former commit, that is tried again,
 * of those of later ones in no case.
 */
export async function insertBuild(trx: Db, build: NewBuild, now: Date): Promise<BuildId> {
  let former = trx
    .updateTable("builds")
    .set({ state: "superseded", why: "a later push took its place", ended_at: now.getTime() })
    .where("repository_id", "=", build.repositoryId)
    .where("state", "=", "queued")
    .where("ref", "=", build.ref)
    .where("rule", "=", build.rule);
  const { ordinal } = build;
  if (ordinal !== undefined)
    former = former.where(({ fn }) => fn.coalesce("ordinal", "id"), "<=", ordinal);
  await former.execute();
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
      options: JSON.stringify(build.options),
      created_at: now.getTime(),
      ...{ namespace: build.namespace, reason: build.reason, ordinal: build.ordinal ?? null },
      base_key: build.base?.key ?? null,
      chain: build.base?.chain ?? null,
      depth: build.base?.depth ?? null,
      not_before: build.base?.notBefore.getTime() ?? null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export async function findBuild(db: Db, id: BuildId): Promise<Build | undefined> {
  const row = await db.selectFrom("builds").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toBuild(row);
}

/** Of the latest build that was not overtaken by another. */
export async function findLatestState(
  db: Db,
  wish: { readonly repository: RepositoryId; readonly rule: number | undefined },
): Promise<BuildState | undefined> {
  let query = db
    .selectFrom("builds")
    .select("state")
    .where("repository_id", "=", wish.repository)
    .where("state", "!=", "superseded")
    // Pull requests say nothing of what is published.
    .where("tags", "!=", "[]");
  if (wish.rule !== undefined) query = query.where("rule", "=", wish.rule - 1);
  return (await query.orderBy("id", "desc").limit(1).executeTakeFirst())?.state;
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
      phase: null,
      why: why ?? null,
      exit_code: exitCode ?? null,
      digest: digest ?? null,
      ended_at: wish.now.getTime(),
      owed_provenance: null,
    })
    .where("id", "=", wish.id)
    .where("state", "in", wish.from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function removeBuildsOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_rules").where("repository_id", "=", repository).execute();
  const own = trx.selectFrom("builds").select("id").where("repository_id", "=", repository);
  await trx.deleteFrom("build_steps").where("build_id", "in", own).execute();
  await trx.deleteFrom("build_bases").where("build_id", "in", own).execute();
  await trx.deleteFrom("build_deferred").where("build_id", "in", own).execute();
  await trx.deleteFrom("build_links").where("repository_id", "=", repository).execute();
  await trx.deleteFrom("builds").where("repository_id", "=", repository).execute();
  await removeFacts(trx, repository);
  await removeSource(trx, repository);
  await removeSecretsOf(trx, repository);
  await removeTriggersOf(trx, repository);
  await removeSchedulesOf(trx, repository);
  await removeSettledRefs(trx, repository);
}

export function toBuild(row: Selectable<BuildTables["builds"]>): Build {
  const { id, ref, rule, context, dockerfile, state, attempts } = row;
  return {
    ...{ id, ref, rule, context, dockerfile, state, attempts },
    reason: row.reason ?? "push",
    phase: row.phase ?? undefined,
    ordinal: row.ordinal ?? row.id,
    chain: row.chain ?? undefined,
    repositoryId: row.repository_id,
    commit: row.commit_hash,
    caching: row.caching === 1,
    options: readBuildOptions(row.options),
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
