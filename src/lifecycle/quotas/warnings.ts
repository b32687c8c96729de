import type { Kysely } from "kysely";
import { quotaEvent } from "../../contract/events.ts";
import { recordEvent } from "../../platform/jobs/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { Standing } from "./sentences.ts";

/** In percent, from the highest. */
const LEVELS = [95, 90, 80];

/** The highest level that is reached; undefined below the lowest, and where nothing is allowed at all. */
export function levelOf({ used, limit }: Pick<Standing, "used" | "limit">): number | undefined {
  if (limit === 0) return undefined;
  return LEVELS.find((level) => used * 100 >= limit * level);
}

export interface QuotaNotice {
  readonly standing: Standing;
  /** Who brought it about. */
  readonly actor: string;
  readonly at: Date;
}

/** One event for each time that a level is crossed upwards, in the transaction that crosses it. */
export async function recordWarning(
  trx: Kysely<LifecycleTables>,
  notice: QuotaNotice & { readonly level: number },
): Promise<void> {
  const payload = { ...toPayload(notice), percent: notice.level };
  await recordEvent(trx, quotaEvent("quota.warning", payload, notice.at));
}

/** More is used than is allowed, or would be. */
export async function recordExcess(
  trx: Kysely<LifecycleTables>,
  notice: QuotaNotice,
): Promise<void> {
  await recordEvent(trx, quotaEvent("quota.exceeded", toPayload(notice), notice.at));
}

function toPayload({ standing, actor }: QuotaNotice): Parameters<typeof quotaEvent>[1] {
  const { scope, resource, limit, used } = standing;
  return {
    scope: scope.kind === "hub" ? "(hub)" : scope.name,
    ...{ used, limit, actor },
    ...(resource === "bytes" ? {} : { unit: resource }),
    ...(scope.kind === "namespace" ? { namespaceId: scope.id } : {}),
    ...(scope.kind === "repository" ? { repositoryId: scope.id } : {}),
  };
}
