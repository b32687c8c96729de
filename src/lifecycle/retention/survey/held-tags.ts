import type { Kysely } from "kysely";
import type { RepositoryName } from "../../../oci/name.ts";
import type { Tag } from "../../../oci/tag.ts";
import { isTagRefusal, type TagKeeper } from "../../../registry/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";

export interface Target {
  readonly id: RepositoryId;
  readonly name: RepositoryName;
}

/** Of these tags, those that the rules of their repository hold, each with the sentence that says so. */
export async function listHeldTags(
  deps: { readonly db: Kysely<RetentionTables>; readonly tagKeeper: TagKeeper },
  { id, name }: Target,
  tags: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  if (tags.length === 0 || (await findHold(deps, { id, name }, tags)) === undefined) return held;
  for (const tag of tags) {
    const why = await findHold(deps, { id, name }, [tag]);
    if (why !== undefined) held.set(tag, why);
  }
  return held;
}

async function findHold(
  { db, tagKeeper }: { readonly db: Kysely<RetentionTables>; readonly tagKeeper: TagKeeper },
  { id: repositoryId, name: repository }: Target,
  tags: readonly string[],
): Promise<string | undefined> {
  try {
    const wish = { repository, repositoryId, tags: tags as readonly Tag[] };
    await tagKeeper.assertMay(db, { ...wish, deed: "delete", by: { kind: "retention" } });
    return undefined;
  } catch (cause) {
    if (isTagRefusal(cause)) return cause.message;
    throw cause;
  }
}
