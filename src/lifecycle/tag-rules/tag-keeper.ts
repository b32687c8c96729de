import type { Kysely } from "kysely";
import { OciError } from "../../oci/error.ts";
import type { TagKeeper } from "../../registry/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { createJudge, type Question, type TagRefusal } from "./judge.ts";
import { takeOverride } from "./overrides-store.ts";
import type { RulePresence } from "./rule-presence.ts";
import { combineLevels } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

/**
 * Holds tags to the rules of their repository and of the levels above it, which one indexed read in the caller's transaction
 * finds, and none while there is no rule: a rule that was answered binds whatever commits after it. A rule that cannot be
 * read refuses. What two people allowed is used up in the same transaction.
 */
export function createTagKeeper(deps: {
  /** Of the process that changes rules; without it each question is looked up. */
  readonly presence?: RulePresence;
  readonly clock: () => Date;
}): TagKeeper {
  const judge = createJudge(deps);
  return {
    async assertMay(trx, { tags, ...wish }) {
      if (tags.length === 0) return;
      const db = trx as unknown as Kysely<LifecycleTables>;
      if ((await deps.presence?.isAny(db)) === false) return;
      const rules = combineLevels(await listLevels(db, wish.repositoryId));
      for (const tag of tags) {
        const question = { ...wish, tag };
        const refusal = await judge(db, rules, question);
        if (refusal === undefined || (await isLifted(db, refusal, question))) continue;
        const { code, message, nearest } = refusal;
        throw new OciError(code, { tag, ...(nearest && { nearest }) }, { message });
      }
    },
  };

  /** Whether two people allowed it, to somebody who asks for it. */
  async function isLifted(
    db: Kysely<LifecycleTables>,
    { code }: TagRefusal,
    { by, repositoryId: repository, tag }: Question,
  ): Promise<boolean> {
    if (code !== "TAG_IMMUTABLE" || (by.kind !== "caller" && by.kind !== "restore")) return false;
    return await takeOverride(db, { repository, tag, now: deps.clock() });
  }
}
