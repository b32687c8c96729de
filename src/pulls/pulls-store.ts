import type { Kysely, Selectable } from "kysely";
import type { Digest } from "../oci/digest.ts";
import type { Tag } from "../oci/tag.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";

type Db = Kysely<PullTables>;

export interface LatestPull {
  readonly now: Date;
  readonly by: string;
  readonly client: string;
}

const upsertRepository = prepareQuery((trx: Db, row: PullTables["repository_pulls"]) =>
  trx
    .insertInto("repository_pulls")
    .values({ repository_id: row.repository_id, pulls: row.pulls, pulled_at: row.pulled_at })
    .onConflict((conflict) =>
      conflict.column("repository_id").doUpdateSet((is) => ({
        pulls: is("repository_pulls.pulls", "+", is.ref("excluded.pulls")),
        pulled_at: is.ref("excluded.pulled_at"),
      })),
    ),
);

export async function addRepositoryPulls(
  trx: Db,
  { repository, pulls, now }: { repository: RepositoryId; pulls: number; now: Date },
): Promise<void> {
  await upsertRepository(trx, { repository_id: repository, pulls, pulled_at: now.getTime() });
}

const selectManifest = prepareQuery((db: Db, key: { repository: RepositoryId; digest: Digest }) =>
  db
    .selectFrom("manifests")
    .select("id")
    .where("repository_id", "=", key.repository)
    .where("digest", "=", key.digest),
);

const upsertManifest = prepareQuery((trx: Db, row: PullTables["manifest_pulls"]) =>
  trx
    .insertInto("manifest_pulls")
    .values({
      manifest_id: row.manifest_id,
      pulled_at: row.pulled_at,
      pulled_by: row.pulled_by,
      client: row.client,
    })
    .onConflict((conflict) =>
      conflict.column("manifest_id").doUpdateSet((is) => ({
        pulled_at: is.ref("excluded.pulled_at"),
        pulled_by: is.ref("excluded.pulled_by"),
        client: is.ref("excluded.client"),
      })),
    ),
);

/** Nothing for what is not there any more. */
export async function noteManifest(
  trx: Db,
  key: { repository: RepositoryId; digest: string },
  latest: LatestPull,
): Promise<void> {
  const { repository, digest } = key;
  const { rows } = await selectManifest(trx, { repository, digest: digest as Digest });
  const [found] = rows;
  if (found !== undefined) await upsertManifest(trx, { manifest_id: found.id, ...rowOf(latest) });
}

const selectTag = prepareQuery((db: Db, key: { repository: RepositoryId; tag: Tag }) =>
  db
    .selectFrom("tags")
    .select("name")
    .where("repository_id", "=", key.repository)
    .where("name", "=", key.tag),
);

const upsertTag = prepareQuery((trx: Db, row: PullTables["tag_pulls"]) =>
  trx
    .insertInto("tag_pulls")
    .values({
      repository_id: row.repository_id,
      tag: row.tag,
      pulled_at: row.pulled_at,
      pulled_by: row.pulled_by,
      client: row.client,
    })
    .onConflict((conflict) =>
      conflict.columns(["repository_id", "tag"]).doUpdateSet((is) => ({
        pulled_at: is.ref("excluded.pulled_at"),
        pulled_by: is.ref("excluded.pulled_by"),
        client: is.ref("excluded.client"),
      })),
    ),
);

/** Nothing for a tag that is not there any more. */
export async function noteTag(
  trx: Db,
  { repository, tag }: { repository: RepositoryId; tag: string },
  latest: LatestPull,
): Promise<void> {
  const { rows } = await selectTag(trx, { repository, tag: tag as Tag });
  if (rows.length > 0) await upsertTag(trx, { repository_id: repository, tag, ...rowOf(latest) });
}

/** Who pulled the tag by its name last; it is forgotten when the tag goes. */
export async function findTagPull(
  db: Db,
  { repository, tag }: { readonly repository: RepositoryId; readonly tag: string },
): Promise<LatestPull | undefined> {
  const row = await db
    .selectFrom("tag_pulls")
    .select(["pulled_at", "pulled_by", "client"])
    .where("repository_id", "=", repository)
    .where("tag", "=", tag)
    .executeTakeFirst();
  return row && { now: new Date(row.pulled_at), by: row.pulled_by, client: row.client };
}

function rowOf({ now, by, client }: LatestPull) {
  return { pulled_at: now.getTime(), pulled_by: by, client };
}

type HourRow = Omit<Selectable<PullTables["pull_hours"]>, "id">;

const upsertHour = prepareQuery((trx: Db, row: HourRow) =>
  trx
    .insertInto("pull_hours")
    .values({
      hour: row.hour,
      namespace_id: row.namespace_id,
      repository: row.repository,
      visibility: row.visibility,
      account: row.account,
      credential: row.credential,
      address: row.address,
      tag: row.tag,
      digest: row.digest,
      checks: row.checks,
      pulls: row.pulls,
      repository_id: row.repository_id,
      account_id: row.account_id,
      fetches: row.fetches,
      writer_fetches: row.writer_fetches,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["hour", "repository", "account", "credential", "address", "tag", "digest"])
        .doUpdateSet((is) => ({
          checks: is("pull_hours.checks", "+", is.ref("excluded.checks")),
          pulls: is("pull_hours.pulls", "+", is.ref("excluded.pulls")),
          fetches: is("pull_hours.fetches", "+", is.ref("excluded.fetches")),
          writer_fetches: is("pull_hours.writer_fetches", "+", is.ref("excluded.writer_fetches")),
          repository_id: is.ref("excluded.repository_id"),
          account_id: is.ref("excluded.account_id"),
        })),
    ),
);

export async function addHour(trx: Db, row: HourRow): Promise<void> {
  await upsertHour(trx, row);
}

/** Removes hours before that time, oldest first and at most `limit`; says how many rows went. */
export async function trimHours(
  trx: Db,
  table: "pull_hours" | "traffic_hours",
  { before, limit }: { readonly before: Date; readonly limit: number },
): Promise<number> {
  const old = trx
    .selectFrom(table as "pull_hours")
    .select("id")
    .where("hour", "<", before.getTime())
    .orderBy("hour")
    .orderBy("id")
    .limit(limit);
  const result = await trx
    .deleteFrom(table as "pull_hours")
    .where("id", "in", old)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
