import type { Kysely } from "kysely";
import type { Origin, Principal } from "../../access/index.ts";
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

interface Warning {
  readonly standing: Standing;
  readonly level: number;
  readonly by: { readonly principal: Principal; readonly origin: () => Origin };
  readonly at: Date;
}

/** One event for each time that a level is crossed upwards, in the transaction that crosses it. */
export async function recordWarning(trx: Kysely<LifecycleTables>, warning: Warning): Promise<void> {
  const { standing, level, by, at } = warning;
  const { scope, resource, limit, used } = standing;
  // No namespace has such a name.
  const name = scope.kind === "hub" ? "(hub)" : scope.name;
  const payload = { scope: name, kind: scope.kind, resource, limit, used, percent: level };
  await recordEvent(trx, {
    topic: "quota.warned",
    orderingKey: name,
    payload: { ...payload, actor: by.principal.name, ...by.origin() },
    at,
  });
}
