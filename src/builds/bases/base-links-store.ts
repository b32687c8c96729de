import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { Build, UsedBase } from "../builds-store.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import type { BaseEdge, Place } from "./base-graph.ts";

type Db = Kysely<BuildTables>;

/** The latest image of a rule and ref, and one image of this hub that it is built on. */
export interface BaseLink extends BaseEdge {
  readonly repositoryId: RepositoryId;
  readonly rule: number;
  readonly ref: string;
  readonly reference: string;
  readonly digest: string;
  readonly build: BuildId;
  readonly isCycle: boolean;
}

export type NewLink = Pick<BaseLink, "reference" | "base" | "digest" | "isCycle">;

/** What a build was built on, wherever that came from. */
export async function saveBases(trx: Db, id: BuildId, bases: readonly UsedBase[]): Promise<void> {
  await trx.deleteFrom("build_bases").where("build_id", "=", id).execute();
  for (const { reference, platform, digest } of bases)
    await trx
      .insertInto("build_bases")
      .values({ build_id: id, reference, platform, digest })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

export async function listUsedBases(db: Db, id: BuildId): Promise<UsedBase[]> {
  return await db
    .selectFrom("build_bases")
    .select(["reference", "platform", "digest"])
    .where("build_id", "=", id)
    .execute();
}

/** In place of those of the image before. */
export async function saveLinks(trx: Db, build: Build, links: readonly NewLink[]): Promise<void> {
  const { repositoryId, rule, ref } = build;
  await trx
    .deleteFrom("build_links")
    .where("repository_id", "=", repositoryId)
    .where("rule", "=", rule)
    .where("ref", "=", ref)
    .execute();
  for (const { reference, base, digest, isCycle } of links)
    await trx
      .insertInto("build_links")
      .values({
        ...{ repository_id: repositoryId, rule, ref, reference, build_id: build.id },
        ...{ base_repository_id: base.repositoryId, base_tag: base.tag, base_digest: digest },
        is_cycle: isCycle ? 1 : 0,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

export async function listLinks(db: Db, repository?: RepositoryId): Promise<BaseLink[]> {
  let query = db
    .selectFrom("build_links")
    .innerJoin("builds", "builds.id", "build_links.build_id")
    .selectAll("build_links")
    .select("builds.tags");
  if (repository !== undefined) query = query.where("build_links.repository_id", "=", repository);
  const rows = await query.orderBy("build_links.build_id").execute();
  return rows.map((row) => ({
    ...{ repositoryId: row.repository_id, rule: row.rule, ref: row.ref, reference: row.reference },
    node: `${row.repository_id} ${row.rule} ${row.ref}`,
    base: { repositoryId: row.base_repository_id, tag: row.base_tag },
    makes: (JSON.parse(row.tags) as string[]).map((tag) => ({
      ...{ repositoryId: row.repository_id, tag },
    })),
    ...{ digest: row.base_digest, build: row.build_id, isCycle: row.is_cycle === 1 },
  }));
}

/** Whether any image is built on one of these tags: most moves are of others. */
export async function isAnyBase(db: Db, places: readonly Place[]): Promise<boolean> {
  const ids = [...new Set(places.map(({ repositoryId }) => repositoryId))];
  const tags = new Set(places.map(({ repositoryId, tag }) => `${repositoryId}:${tag}`));
  const rows = await db
    .selectFrom("build_links")
    .select(["base_repository_id", "base_tag"])
    .where("base_repository_id", "in", ids)
    .execute();
  return rows.some((row) => tags.has(`${row.base_repository_id}:${row.base_tag}`));
}

/** Whether one waits or runs, or one for these very bases was made before. */
export async function isUnderway(db: Db, link: BaseLink, key: string): Promise<boolean> {
  const row = await db
    .selectFrom("builds")
    .select("id")
    .where("repository_id", "=", link.repositoryId)
    .where("rule", "=", link.rule)
    .where("ref", "=", link.ref)
    .where(({ or, eb }) =>
      or([eb("state", "in", ["queued", "running", "publishing"]), eb("base_key", "=", key)]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The build because of a base that moved this tag, if it was one. */
export async function findMover(
  db: Db,
  { repositoryId, tag }: Place,
  digest: string,
): Promise<{ readonly chain: string; readonly depth: number } | undefined> {
  const rows = await db
    .selectFrom("builds")
    .select(["chain", "depth", "tags"])
    .where("repository_id", "=", repositoryId)
    .where("chain", "is not", null)
    .where(({ or, eb }) => or([eb("digest", "=", digest), eb("state", "=", "publishing")]))
    .orderBy("id", "desc")
    .limit(10)
    .execute();
  const row = rows.find(({ tags }) => (JSON.parse(tags) as string[]).includes(tag));
  return row?.chain == null ? undefined : { chain: row.chain, depth: row.depth ?? 0 };
}

export async function findPosition(db: Db, name: string): Promise<number | undefined> {
  const row = await db
    .selectFrom("build_positions")
    .select("position")
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.position;
}

export async function savePosition(trx: Db, name: string, position: number): Promise<void> {
  await trx
    .insertInto("build_positions")
    .values({ name, position })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ position }))
    .execute();
}
