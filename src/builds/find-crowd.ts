import type { Kysely } from "kysely";
import type { NewBuild } from "./builds-store.ts";
import type { BuildTables } from "./tables.ts";

const REPOSITORY_WAITING = 100;
const NAMESPACE_WAITING = 1000;

/** Why a build that was queued, or is about to be, may not wait; undefined where it may. */
export async function findCrowd(
  trx: Kysely<BuildTables>,
  { repositoryId, namespace }: Pick<NewBuild, "repositoryId" | "namespace">,
  coming = 0,
): Promise<string | undefined> {
  const queued = trx
    .selectFrom("builds")
    .select(({ fn }) => fn.countAll().as("many"))
    .where("state", "=", "queued");
  const own = await queued.where("repository_id", "=", repositoryId).executeTakeFirstOrThrow();
  if (Number(own.many) + coming > REPOSITORY_WAITING)
    return `${REPOSITORY_WAITING} builds of the repository wait already`;
  const all = await queued.where("namespace", "=", namespace).executeTakeFirstOrThrow();
  if (Number(all.many) + coming <= NAMESPACE_WAITING) return undefined;
  return `${NAMESPACE_WAITING} builds of ${namespace} wait already`;
}
