import type { Kysely } from "kysely";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";

type Db = Kysely<LifecycleTables>;

/** Which tags of a repository stay what they are. */
export interface ImmutableTags {
  readonly isEnabled: boolean;
  /** Regular expressions for whole tags; all tags when there are none. Kept while they are switched off. */
  readonly patterns: readonly string[];
}

/** Of a repository about which nothing was said. */
export const NOTHING_IMMUTABLE: ImmutableTags = { isEnabled: false, patterns: [] };

const selectRule = prepareQuery((db: Db, key: { repository: RepositoryId }) =>
  db
    .selectFrom("immutable_tags")
    .select(["state", "patterns"])
    .where("repository_id", "=", key.repository),
);

export async function findImmutableTags(db: Db, repository: RepositoryId): Promise<ImmutableTags> {
  const row = (await selectRule(db, { repository })).rows[0];
  return row === undefined ? NOTHING_IMMUTABLE : toRule(row);
}

/** Of these repositories, those that have a rule. */
export async function listImmutableTags(
  db: Db,
  repositories: readonly RepositoryId[],
): Promise<ReadonlyMap<RepositoryId, ImmutableTags>> {
  if (repositories.length === 0) return new Map();
  const rows = await db
    .selectFrom("immutable_tags")
    .select(["repository_id", "state", "patterns"])
    .where("repository_id", "in", repositories)
    .execute();
  return new Map(rows.map((row) => [row.repository_id, toRule(row)]));
}

export async function saveImmutableTags(
  trx: Db,
  repository: RepositoryId,
  { isEnabled, patterns }: ImmutableTags,
): Promise<void> {
  const row = { state: isEnabled ? "on" : "off", patterns: JSON.stringify(patterns) } as const;
  await trx
    .insertInto("immutable_tags")
    .values({ repository_id: repository, ...row })
    .onConflict((conflict) => conflict.column("repository_id").doUpdateSet(row))
    .execute();
}

function toRule(row: Pick<LifecycleTables["immutable_tags"], "state" | "patterns">): ImmutableTags {
  return { isEnabled: row.state === "on", patterns: JSON.parse(row.patterns) };
}
