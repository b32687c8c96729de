import type { Kysely } from "kysely";
import type { RepositoryName } from "../../../oci/name.ts";
import type { Tag } from "../../../oci/tag.ts";
import { findEndOfRefusal, isTagRefusal, type TagKeeper } from "../../../registry/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";

export interface Target {
  readonly id: RepositoryId;
  readonly name: RepositoryName;
}

/** What a rule about tags says. */
export interface Hold {
  readonly why: string;
  /** Undefined: until the rule is another. */
  readonly until: Date | undefined;
}

/** Of these tags, those that the rules of their repository hold, each with the sentence that says so. */
export async function listHeldTags(
  deps: { readonly db: Kysely<RetentionTables>; readonly tagKeeper: TagKeeper },
  { id, name }: Target,
  tags: readonly string[],
): Promise<ReadonlyMap<string, Hold>> {
  const held = new Map<string, Hold>();
  if (tags.length === 0 || (await findHold(deps, { id, name }, tags)) === undefined) return held;
  for (const tag of tags) {
    const hold = await findHold(deps, { id, name }, [tag]);
    if (hold !== undefined) held.set(tag, hold);
  }
  return held;
}

async function findHold(
  { db, tagKeeper }: { readonly db: Kysely<RetentionTables>; readonly tagKeeper: TagKeeper },
  { id: repositoryId, name: repository }: Target,
  tags: readonly string[],
): Promise<Hold | undefined> {
  try {
    const wish = { repository, repositoryId, tags: tags as readonly Tag[] };
    await tagKeeper.assertMay(db, { ...wish, deed: "delete", by: { kind: "retention" } });
    return undefined;
  } catch (cause) {
    if (isTagRefusal(cause)) return { why: cause.message, until: findEndOfRefusal(cause) };
    throw cause;
  }
}
