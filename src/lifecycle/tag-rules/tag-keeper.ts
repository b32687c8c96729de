import type { Kysely } from "kysely";
import type { Journal } from "../../access/index.ts";
import { OciError } from "../../oci/error.ts";
import type { Tag } from "../../oci/tag.ts";
import type { TagKeeper, TagWish } from "../../registry/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { createJudge, type TagRefusal } from "./judge.ts";
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
  /** Where it is written down that somebody did what two people allowed; not needed by who works for nobody. */
  readonly journal?: Pick<Journal, "record">;
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
        if (refusal === undefined || (await isLifted(trx, refusal, question))) continue;
        const { code, message, nearest, until } = refusal;
        const detail = { tag, ...(nearest && { nearest }), ...(until && { until }) };
        throw new OciError(code, detail, { message });
      }
    },
  };

  /** Whether two people allowed it, to somebody who asks for it. */
  async function isLifted(
    trx: Trx,
    { code }: TagRefusal,
    { by, deed, repository, repositoryId, tag }: Omit<TagWish, "tags"> & { readonly tag: Tag },
  ): Promise<boolean> {
    if (code !== "TAG_IMMUTABLE" || (by.kind !== "caller" && by.kind !== "restore")) return false;
    const db = trx as unknown as Kysely<LifecycleTables>;
    const now = deps.clock();
    const taken = await takeOverride(db, { repository: repositoryId, tag, now });
    if (taken === undefined) return false;
    const { id, reason, once, askedBy, approvedBy } = taken;
    const [account = ""] = repository.split("/", 1);
    await deps.journal?.record(trx, {
      ...{ by: by.principal, origin: by.origin, account, name: `${repository}:${tag}` },
      action: "repo.tag.override.use",
      after: { id, deed, reason, once, askedBy: askedBy.name, approvedBy: approvedBy?.name },
    });
    return true;
  }
}

type Trx = Parameters<TagKeeper["assertMay"]>[0];
