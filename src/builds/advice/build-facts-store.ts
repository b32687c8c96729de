import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import type { BuildFacts } from "./build-facts.ts";

type Db = Kysely<BuildTables>;

/** So many builds are learned from. */
const MOST_BUILDS = 50;

/** Where a Dockerfile lies: only builds of the same one are compared. */
export function placeOf(build: { readonly context: string; readonly dockerfile: string }): string {
  return `${build.context}\n${build.dockerfile}`;
}

export async function saveFacts(
  trx: Db,
  build: { readonly id: BuildId; readonly repositoryId: RepositoryId; readonly place: string },
  facts: Omit<BuildFacts, "steps">,
): Promise<void> {
  const of = { repository_id: build.repositoryId, place: build.place };
  const text = JSON.stringify(facts);
  await trx
    .insertInto("build_facts")
    .values({ build_id: build.id, ...of, facts: text })
    .onConflict((conflict) => conflict.column("build_id").doUpdateSet({ facts: text }))
    .execute();
  const kept = trx
    .selectFrom("build_facts")
    .select("build_id")
    .where("repository_id", "=", build.repositoryId)
    .where("place", "=", build.place)
    .orderBy("build_id", "desc")
    .limit(MOST_BUILDS);
  await trx
    .deleteFrom("build_facts")
    .where("repository_id", "=", build.repositoryId)
    .where("place", "=", build.place)
    .where("build_id", "not in", kept)
    .execute();
}

/** Of each Dockerfile of a repository what its builds were, the newest first. */
export async function listFacts(
  db: Db,
  repository: RepositoryId,
): Promise<ReadonlyMap<string, readonly BuildFacts[]>> {
  const rows = await db
    .selectFrom("build_facts")
    .select(["build_id as id", "place", "facts"])
    .where("repository_id", "=", repository)
    .orderBy("build_id", "desc")
    .limit(10 * MOST_BUILDS)
    .execute();
  const steps = await readSteps(
    db,
    rows.map(({ id }) => id),
  );
  const places = Map.groupBy(rows, ({ place }) => place);
  return new Map(
    [...places].map(([place, of]) => {
      const facts = of.map(
        (row): BuildFacts => ({ ...JSON.parse(row.facts), steps: steps.get(row.id) ?? [] }),
      );
      return [place, facts];
    }),
  );
}

async function readSteps(
  db: Db,
  ids: readonly BuildId[],
): Promise<ReadonlyMap<BuildId, BuildFacts["steps"]>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("build_steps")
    .select(["build_id as id", "text", "ms", "is_cached as cached"])
    .where("build_id", "in", [...ids])
    .orderBy("build_id")
    .orderBy("number")
    .execute();
  const found = rows.map(({ cached, ...row }) => ({ ...row, isCached: cached === 1 }));
  return Map.groupBy(found, ({ id }) => id);
}

export async function removeFacts(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_facts").where("repository_id", "=", repository).execute();
}
