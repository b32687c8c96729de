import type { Kysely } from "kysely";
import { OciError } from "../../oci/error.ts";
import type { TagKeeper } from "../../registry/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { judge } from "./judge.ts";
import { createPatterns } from "./patterns.ts";
import type { RulePresence } from "./rule-presence.ts";
import { combineLevels } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

/**
 * Holds tags to the rules of their repository and of the levels above it, which one indexed read in the caller's transaction
 * finds, and none while there is no rule: a rule that was answered binds whatever commits after it. A rule that cannot be
 * read refuses.
 */
export function createTagKeeper(
  deps: {
    /** Of the process that changes rules; without it each question is looked up. */
    readonly presence?: RulePresence;
  } = {},
): TagKeeper {
  const patterns = createPatterns();
  return {
    async assertMay(trx, { tags, ...wish }) {
      if (tags.length === 0) return;
      const db = trx as unknown as Kysely<LifecycleTables>;
      if ((await deps.presence?.isAny(db)) === false) return;
      const rules = combineLevels(await listLevels(db, wish.repositoryId));
      for (const tag of tags) {
        const refusal = judge(rules, { ...wish, tag }, patterns);
        if (refusal === undefined) continue;
        const { code, message, nearest } = refusal;
        throw new OciError(code, { tag, ...(nearest && { nearest }) }, { message });
      }
    },
  };
}
